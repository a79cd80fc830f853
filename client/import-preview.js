/* What a statement would add: the tallies, then its lines with what was read of them. A doubt stands
 * above the first line that it is about, with the choice that settles it. */
import { ImportChoices } from "./import-choices.js";
import { counted as balances, fullDate, rand } from "./format.js";
import { LineList } from "./import-lines.js";
import { computed, nextTick, ref, useTemplateRef, watch } from "./vue.js";

const ENDS = 2; // lines shown of the first, and of the last
const EACH = 3; // lines shown of those that differ, and of those that a doubt is about
const MOST = 500; // lines shown of all

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
    reading: Object,
    choices: Object,
    form: Object, // the props of ImportChoices
    counted: Function, // 2 is "2 days"
  },
  emits: ["choose"],
  setup(props) {
    const all = ref(false);
    const there = computed(() => Object.fromEntries(props.reading.conflicts.map((day) => [day.date, day.there])));
    const differing = computed(() => props.reading.lines.filter(({ state }) => state === "differs"));
    const keeps = computed(() => props.choices.conflicts === "keep");

    /* The doubts, each with its lines and its choice; the days that differ are one of them. */
    const doubts = computed(() => {
      const { doubts, doubt_lines, doubt_choices } = props.reading;
      const told = doubts.map((detail, index) => ({ detail, lines: doubt_lines[index], choice: doubt_choices[index] }));
      const others = told.filter(({ choice }) => choice !== "conflicts");
      if (!differing.value.length) return others;
      const older = told.some(({ choice }) => choice === "conflicts");
      const detail = older
        ? "Your history has another balance there. Is this an older download, or another account?"
        : "Your history has another balance there.";
      return [...others, { detail, lines: differing.value.map(({ line }) => line), choice: "conflicts" }];
    });

    /* The lines in their places: `before` a line stand the doubts about it, a `gap` where some are left out. */
    const rows = computed(() => {
      const { lines } = props.reading;
      const numbers = lines.map(({ line }) => line);
      const chosen = new Set();
      for (const doubt of doubts.value) {
        const about = doubt.lines.filter((line) => numbers.includes(line));
        for (const line of about.slice(0, EACH)) chosen.add(line);
      }
      const shows = ({ line }, index) =>
        chosen.has(line) || (all.value ? index < MOST : index < ENDS || index >= lines.length - ENDS);
      const shown = lines.map((line, index) => ({ ...line, index })).filter(shows);
      const told = new Set();
      return shown.map((line, place) => {
        const isAbout = (doubt) => !told.has(doubt) && doubt.lines.includes(line.line);
        const before = doubts.value.filter(isAbout);
        for (const doubt of before) told.add(doubt);
        return { ...line, before, gap: line.index !== (shown[place - 1]?.index ?? -1) + 1 };
      });
    });
    const elsewhere = computed(() => {
      const placed = new Set(rows.value.flatMap(({ before }) => before));
      return doubts.value.filter((doubt) => !placed.has(doubt));
    });
    const settling = computed(() => doubts.value.map(({ choice }) => choice));

    watch(
      () => props.reading.columns,
      () => (all.value = false),
    );
    const region = useTemplateRef("region");
    async function showAll() {
      all.value = true;
      await nextTick();
      region.value.focus(); // the button has gone
    }
    return { all, balances, differing, elsewhere, fullDate, keeps, rand, rows, settling, showAll, there, MOST };
  },
  template: /* html */ `
    <ul class="tallies" role="list">
      <li :class="{ some: reading.added }"><b>{{ reading.added }}</b> {{ counted(reading.added).split(" ")[1] }} to add</li>
      <li><b>{{ reading.duplicates }}</b> there already</li>
      <li :class="{ doubtful: differing.length }"><b>{{ differing.length }}</b> {{ differing.length === 1 ? "differs" : "differ" }}</li>
    </ul>
    <DoubtNote v-for="doubt in elsewhere" :key="doubt.choice ?? doubt.detail">
      {{ doubt.detail }}
      <ImportChoices v-if="doubt.choice" v-bind="form" :only="doubt.choice" @choose="$emit('choose', $event)" />
    </DoubtNote>
    <details class="differently">
      <summary>Read differently</summary>
      <ImportChoices v-bind="form" :except="settling" @choose="$emit('choose', $event)" />
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
                <fieldset v-if="doubt.choice === 'conflicts'" class="whose" :disabled="form.locked">
                  <legend class="unseen">Where the balances differ</legend>
                  <label><input type="radio" name="conflicts" :checked="keeps"
                                @change="$emit('choose', { conflicts: 'keep' })"> keep mine</label>
                  <label><input type="radio" name="conflicts" :checked="!keeps"
                                @change="$emit('choose', { conflicts: undefined })"> take the file’s</label>
                </fieldset>
                <ImportChoices v-else-if="doubt.choice" v-bind="form" :only="doubt.choice" @choose="$emit('choose', $event)" />
              </DoubtNote></td>
            </tr>
            <tr class="line" :class="{ gap: row.gap && !row.before.length }">
              <td>{{ row.line }}</td>
              <td>{{ row.file_date }} <span>{{ row.file_balance || "counted" }}</span></td>
              <td><time :datetime="row.date">{{ fullDate(row.date) }}</time></td>
              <td>
                <template v-if="row.state === 'differs'">
                  <span :class="{ dropped: !keeps }">mine {{ rand(there[row.date]) }}</span>
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
    <p v-if="all && reading.lines.length > MOST">The first {{ MOST }} of {{ balances(reading.lines.length) }} are listed.</p>
    <p v-else-if="!all && rows.length < reading.lines.length">
      <button type="button" class="link" @click="showAll">Show all {{ counted(reading.lines.length) }}</button>
    </p>
    <details v-if="reading.skipped.length">
      <summary>{{ reading.skipped.length }} {{ reading.skipped.length === 1 ? "line" : "lines" }} skipped, with the reason</summary>
      <LineList label="Lines skipped" :lines="reading.skipped" />
    </details>
  `,
};
