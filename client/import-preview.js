/* What a statement would add: the tallies, the doubts, in the slot how it was read, the first and
 * last balances, the lines passed over. */
import { fullDate, rand } from "./format.js";
import { LineList } from "./import-lines.js";
import { computed, nextTick, ref, useTemplateRef, watch } from "./vue.js";

const ENDS = 2; // balances shown of the first, and of the last

export const ImportPreview = {
  components: { LineList },
  props: {
    reading: Object, // null where the file could not be read
    entries: Array, // as they would be recorded
    counted: Function, // 2 is "2 days"
  },
  setup(props) {
    const all = ref(false);
    const folded = computed(() => !all.value && props.entries.length > 2 * ENDS);
    const shown = computed(() =>
      folded.value ? [...props.entries.slice(0, ENDS), ...props.entries.slice(-ENDS)] : props.entries,
    );
    const added = computed(() => props.counted(props.reading.added).split(" ")[1]);
    watch(
      () => props.reading,
      (reading) => reading || (all.value = false),
    );

    const days = useTemplateRef("days");
    async function showAll() {
      all.value = true;
      await nextTick();
      days.value.focus(); // the button has gone
    }
    return { all, folded, shown, added, showAll, fullDate, rand, ENDS };
  },
  template: /* html */ `
    <div aria-live="polite">
      <template v-if="reading">
        <ul class="tallies" role="list">
          <li :class="{ some: reading.added }"><b>{{ reading.added }}</b> {{ added }} added</li>
          <li><b>{{ reading.duplicates }}</b> already there</li>
          <li><b>{{ reading.skipped.length }}</b> {{ reading.skipped.length === 1 ? "line" : "lines" }} passed over</li>
        </ul>
        <ul v-if="reading.doubts.length" class="doubts" role="list" aria-label="Doubts">
          <li v-for="doubt in reading.doubts" class="warning">
            <svg aria-hidden="true"><use href="#warning"></use></svg> <span>{{ doubt }}</span>
          </li>
        </ul>
      </template>
    </div>
    <slot></slot>
    <template v-if="reading">
      <div v-if="entries.length" ref="days" class="days" :class="{ all }" :tabindex="all ? 0 : null" role="region"
           aria-label="What is added">
        <table>
          <thead><tr><th scope="col">Date</th><th scope="col">Balance</th></tr></thead>
          <tbody>
            <tr v-for="(entry, index) in shown" :key="entry.id" :class="{ gap: folded && index === ENDS }">
              <td><time :datetime="entry.date">{{ fullDate(entry.date) }}</time></td>
              <td>{{ rand(entry.balance) }}</td>
            </tr>
          </tbody>
        </table>
      </div>
      <p v-else>Nothing in this file is new.</p>
      <p v-if="folded"><button type="button" class="link" @click="showAll">Show all {{ counted(entries.length) }}</button></p>
      <template v-if="reading.skipped.length">
        <h3>Passed over</h3>
        <LineList label="Lines passed over" :lines="reading.skipped" />
      </template>
    </template>
  `,
};
