/* What a statement would add: the tallies, then its lines with what was read of them. A doubt stands
 * above the first line that it is about, with the choice that settles it. */
import { ImportChoices } from "./import-choices.js";
import { computed, nextTick, ref, useTemplateRef } from "./vue.js";

const ENDS = 2; // lines shown of the first, and of the last
const EACH = 3; // lines shown of those that differ, and of those that a doubt is about
const MOST = 500; // lines shown of all
const LISTED = 200; // lines that are listed with what is to be said of them

/* Lines of a statement, each with what is to be said of it. */
export const LineList = {
  props: {
    label: String,
    lines: Array, // each a `line`, counted from 1, and a `detail`
  },
  setup: () => ({ LISTED }),
  template: /* html */ `
    <ol class="lines" tabindex="0" role="list" :aria-label="label">
      <li v-for="{ line, detail } in lines.slice(0, LISTED)">
        <b>Line {{ line }}</b> <span>{{ detail }}</span>
      </li>
      <li v-if="lines.length > LISTED">And {{ lines.length - LISTED }} more.</li>
    </ol>
  `,
};

/* A doubt, and in the slot the choice that settles it. */
const DoubtNote = {
  template: /* html */ `
    <div class="warning">
      <svg aria-hidden="true"><use href="#warning"></use></svg>
      <div><slot></slot></div>
    </div>
  `,
};

export const ImportPreview = {
  components: { DoubtNote, ImportChoices, LineList },
  props: {
    file: Object, // see import-dialog.js
    tally: Function, // 2 is "2 days"
  },
  emits: ["choose"],
  setup(props) {
    const reading = computed(() => props.file.reading);
    const keeps = computed(() => props.file.choices.conflicts === "keep");
    const there = computed(() => Object.fromEntries(reading.value.conflicts.map((day) => [day.date, day.there])));
    const differing = computed(() => reading.value.lines.filter(({ state }) => state === "differs"));

    /* The doubts, each with its lines and its choice; the days that differ are one of them. */
    const doubts = computed(() => {
      const { doubts, doubt_lines, doubt_choices } = reading.value;
      const told = doubts.map((detail, index) => {
        const choice = doubt_choices[index];
        // Two that the same choice settles show it once.
        return { detail, lines: doubt_lines[index], choice: doubt_choices.indexOf(choice) === index ? choice : null };
      });
      const others = told.filter(({ choice }) => choice !== "conflicts");
      if (!differing.value.length) return others;
      const question = others.length < told.length ? " Is this an older download, or another account?" : "";
      const detail = `Your history has another balance there.${question}`;
      return [...others, { detail, lines: differing.value.map(({ line }) => line), choice: "conflicts" }];
    });

    /* The lines in their places: `before` a line stand the doubts about it, a `gap` where some are left out. */
    const all = ref(false);
    const rows = computed(() => {
      const { lines } = reading.value;
      const numbers = new Set(lines.map(({ line }) => line));
      const doubtful = doubts.value.flatMap((doubt) => doubt.lines.filter((line) => numbers.has(line)).slice(0, EACH));
      const isShown = ({ line }, index) =>
        doubtful.includes(line) || (all.value ? index < MOST : index < ENDS || index >= lines.length - ENDS);
      const shown = lines.map((line, index) => ({ ...line, index })).filter(isShown);
      const told = new Set();
      return shown.map((line, place) => {
        const before = doubts.value.filter((doubt) => !told.has(doubt) && doubt.lines.includes(line.line));
        for (const doubt of before) told.add(doubt);
        return { ...line, before, gap: line.index !== (shown[place - 1]?.index ?? -1) + 1 };
      });
    });
    const elsewhere = computed(() => {
      const placed = rows.value.flatMap(({ before }) => before);
      return doubts.value.filter((doubt) => !placed.includes(doubt));
    });
    const settling = computed(() => doubts.value.map(({ choice }) => choice));

    const region = useTemplateRef("region");
    async function showAll() {
      all.value = true;
      await nextTick();
      region.value.focus(); // the button has gone
    }
    return { MOST, all, differing, elsewhere, keeps, reading, rows, settling, showAll, there };
  },
  template: /* html */ `
    <ul class="tallies" role="list">
      <li :class="{ some: reading.added }"><b>{{ reading.added }}</b> {{ tally(reading.added).split(" ")[1] }} to add</li>
      <li><b>{{ reading.duplicates }}</b> there already</li>
      <li :class="{ doubtful: differing.length }"><b>{{ differing.length }}</b> {{ differing.length === 1 ? "differs" : "differ" }}</li>
    </ul>
    <DoubtNote v-for="doubt in elsewhere" :key="doubt.choice ?? doubt.detail">
      {{ doubt.detail }}
      <ImportChoices v-if="doubt.choice" :file="file" :only="doubt.choice" @choose="$emit('choose', $event)" />
    </DoubtNote>
    <details>
      <summary>Read differently</summary>
      <ImportChoices :file="file" :except="settling" @choose="$emit('choose', $event)" />
    </details>
    <p v-if="!reading.added">Nothing is to be added.</p>
    <div ref="region" class="read" :class="{ all }" :tabindex="all ? 0 : null" role="region" aria-label="Lines of the file">
      <table>
        <thead>
          <tr><th scope="col">Line</th><th scope="col">In the file</th><th scope="col">Date</th>
            <th scope="col">Balance</th><th scope="col"><span class="unseen">What becomes of it</span></th></tr>
        </thead>
        <tbody>
          <template v-for="row in rows" :key="row.index">
            <tr v-for="(doubt, place) in row.before" :key="doubt.choice ?? doubt.detail" class="doubt"
                :class="{ gap: row.gap && !place }">
              <td colspan="5"><DoubtNote>
                {{ doubt.detail }}
                <fieldset v-if="doubt.choice === 'conflicts'" class="choices" :disabled="file.busy === 'adding'">
                  <legend class="unseen">Where the balances differ</legend>
                  <label class="option"><input type="radio" name="conflicts" :checked="keeps"
                                @change="$emit('choose', { conflicts: 'keep' })"> keep mine</label>
                  <label class="option"><input type="radio" name="conflicts" :checked="!keeps"
                                @change="$emit('choose', { conflicts: '' })"> take the file’s</label>
                </fieldset>
                <ImportChoices v-else-if="doubt.choice" :file="file" :only="doubt.choice" @choose="$emit('choose', $event)" />
              </DoubtNote></td>
            </tr>
            <tr class="line" :class="{ gap: row.gap && !row.before.length }">
              <td>{{ row.line }}</td>
              <td>{{ row.file_date }} <span>{{ row.file_balance || "counted" }}</span></td>
              <td><time :datetime="row.date">{{ fullDate(row.date) }}</time></td>
              <td>
                <template v-if="row.state === 'differs'">
                  <span>mine {{ rand(there[row.date]) }}</span>
                  <span :class="{ dropped: keeps }">file {{ rand(row.balance) }}</span>
                </template>
                <template v-else>{{ rand(row.balance) }}</template>
              </td>
              <td><span class="tag" :class="row.state">{{ row.state }}</span></td>
            </tr>
          </template>
        </tbody>
      </table>
    </div>
    <p v-if="all && reading.lines.length > MOST">The first {{ MOST }} of {{ counted(reading.lines.length) }} are listed.</p>
    <p v-else-if="!all && rows.length < reading.lines.length">
      <button type="button" class="link" @click="showAll">Show all {{ tally(reading.lines.length) }}</button>
    </p>
    <details v-if="reading.skipped.length">
      <summary>{{ counted(reading.skipped.length, "line") }} skipped, with the reason</summary>
      <LineList label="Lines skipped" :lines="reading.skipped" />
    </details>
  `,
};
