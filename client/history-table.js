/* The table: the entries in order, which of them are searched for, and which rows of those are in
 * the document: a history of thousands scrolls with the page as quickly as one of ten. */
import { minus } from "./amount.js";
import { matcher } from "./find.js";
import { counted, monthName, randChange } from "./format.js";
import { HistoryRow } from "./history-row.js";
import { pause } from "./pause.js";
import { RowEditor } from "./row-editor.js";
import { SearchField } from "./search-field.js";
import {
  computed,
  nextTick,
  onMounted,
  onUnmounted,
  ref,
  shallowRef,
  useTemplateRef,
  watch,
} from "./vue.js";

const CHUNK = 10; // rows; those in view are in the document, and a chunk on either side
const SHORT = 40; // rows that are always all there
const POINTED = 1500; // ms that a row is pointed out

export const HistoryTable = {
  components: { HistoryRow, RowEditor, SearchField },
  props: {
    entries: Array, // oldest first
    today: String,
    priced: Boolean, // whether there is a present price
    newestFirst: Boolean,
    pointed: Object, // `id` of an entry to point out, whether to `scroll` to it, to `focus` it
    edited: String, // id of the entry that is being changed, null for none
    editError: String,
    busy: Boolean,
    undoable: String, // the step that can be taken back
  },
  emits: [
    ...["update:newestFirst", "edit", "leave", "change", "undo"],
    "remove", // an entry, and the id of the one beside it
  ],
  setup(props) {
    const query = ref("");
    const typed = shallowRef(null); // into the row that is being changed, while that is not there
    const opened = ref(null); // id of the row that shows all, where the table folds

    /* Each entry with the one before: samples and one's own are not compared. */
    const rows = computed(() => {
      const before = new Map();
      return props.entries.map((entry) => {
        const previous = before.get(entry.sample) ?? null;
        before.set(entry.sample, entry);
        return { key: entry.id ?? `sample ${entry.date}`, entry, previous };
      });
    });
    const mixed = computed(() => new Set(props.entries.map(({ sample }) => sample)).size > 1);
    const found = computed(() => {
      if (!query.value.trim()) return rows.value;
      const matches = matcher(query.value);
      return rows.value.filter(({ entry }) => matches(entry));
    });

    /* Return the id of the entry after this one, or else before it: where this one is deleted, one
     * goes on there. */
    function beside(row) {
      const list = found.value.filter(({ entry }) => !entry.sample);
      const at = list.indexOf(row);
      return (list[at + 1] ?? list[at - 1])?.key;
    }

    const newest = computed(() => props.entries.findLast(({ sample }) => !sample)?.id);
    const then = computed(() => props.entries.some(({ btc_then }) => btc_then !== null));
    const columns = computed(() => 4 + Number(props.priced) + Number(then.value));

    /* The rows as they are shown: with one for each month, unless those are as many. */
    const months = computed(() => {
      if (mixed.value || found.value !== rows.value) return null;
      const result = Map.groupBy(rows.value, ({ entry }) => entry.date.slice(0, 7));
      return result.size * 2 <= rows.value.length ? result : null;
    });
    const items = computed(() => {
      const ordered = (list) => (props.newestFirst ? list.toReversed() : list);
      if (!months.value) return ordered(found.value);
      return ordered([...months.value]).flatMap(([month, inMonth]) => [
        { key: month, inMonth },
        ...ordered(inMonth),
      ]);
    });

    /* Which rows are in the document: those near the view, or all on paper. */
    const body = useTemplateRef("body");
    const heights = shallowRef({ entry: 44, month: 32 }); // px
    const view = shallowRef([0, 0]); // the first of the items, and the one after the last: none yet
    const printing = ref(false);
    const tops = computed(() => {
      let top = 0;
      return items.value.map(({ inMonth }) => {
        top += inMonth ? heights.value.month : heights.value.entry;
        return top; // px from the first row to the end of this one
      });
    });
    const from = computed(() => (printing.value ? 0 : Math.min(view.value[0], items.value.length)));
    const to = computed(() => (printing.value ? Infinity : view.value[1]));
    const visible = computed(() => items.value.slice(from.value, to.value));
    const above = computed(() => tops.value[from.value - 1] ?? 0);
    const below = computed(() => {
      const all = tops.value.at(-1) ?? 0;
      return all - (tops.value[Math.min(to.value, items.value.length) - 1] ?? 0);
    });

    function look(first, last) {
      const short = items.value.length <= SHORT;
      const start = short ? 0 : Math.max(0, Math.floor(first / CHUNK) - 1) * CHUNK;
      const end = short ? SHORT : (Math.ceil((last + 1) / CHUNK) + 1) * CHUNK;
      if (start !== view.value[0] || end !== view.value[1]) view.value = [start, end];
    }

    function scroll() {
      const { top } = body.value.getBoundingClientRect();
      const at = (height) => tops.value.findLastIndex((end) => end <= height) + 1;
      look(at(-top), at(window.innerHeight - top));
    }

    function measure() {
      if (!view.value[1] && !props.newestFirst) box.value.scrollTop = box.value.scrollHeight;
      const height = (kind, known) => body.value.querySelector(kind)?.offsetHeight || known;
      const entry = height(".entry:not(.open)", heights.value.entry);
      const month = height(".month", heights.value.month);
      if (entry !== heights.value.entry || month !== heights.value.month) {
        heights.value = { entry, month };
      }
      scroll();
    }

    const resized = new ResizeObserver(async () => {
      await pause(); // the rows have a task of their own
      if (body.value) measure();
    });
    const before = () => (printing.value = true);
    const after = () => (printing.value = false);
    const box = useTemplateRef("box"); // scrolls by itself on a wide screen only
    onMounted(() => {
      resized.observe(body.value);
      document.addEventListener("scroll", scroll, { capture: true, passive: true });
      window.addEventListener("beforeprint", before);
      window.addEventListener("afterprint", after);
    });
    onUnmounted(() => {
      resized.disconnect();
      document.removeEventListener("scroll", scroll, { capture: true });
      window.removeEventListener("beforeprint", before);
      window.removeEventListener("afterprint", after);
    });
    watch(items, scroll, { flush: "post" });

    /* The row with the focus may be scrolled out of the document. */
    const table = useTemplateRef("table");
    watch(view, async () => {
      const inside = table.value.contains(document.activeElement);
      await nextTick();
      if (inside && document.activeElement === document.body) refocus();
    });
    const refocus = () => table.value?.focus({ preventScroll: true });

    /* Point a row out: it says itself what that means. */
    const target = shallowRef(null);
    let forgetting;
    async function point(wanted) {
      if (!wanted) return;
      const find = () => items.value.findIndex(({ key }) => key === wanted.id);
      let index = find();
      if (index < 0 && document.activeElement?.type !== "search") {
        query.value = ""; // so that it shows
        index = find();
      }
      if (index < 0) return; // it may not be there yet
      if (wanted.scroll) look(index, index);
      target.value = wanted;
      clearTimeout(forgetting);
      forgetting = setTimeout(() => (target.value = null), POINTED);
    }
    onMounted(() => point(props.pointed));
    watch(() => props.pointed, point, { flush: "post" });
    watch(
      () => props.edited,
      (id, before) => {
        typed.value = null;
        if (id) return;
        if (props.entries.some((entry) => entry.id === before)) point({ id: before, focus: true });
        else if (document.activeElement === document.body) refocus();
      },
      { flush: "post" },
    );

    const tail = computed(() => {
      const all = counted(rows.value.length);
      if (found.value !== rows.value) return `${found.value.length} of ${all}`;
      return `${all}, ${props.newestFirst ? "newest" : "oldest"} first`;
    });
    return {
      ...{ query, typed, opened, newest, then, columns, months, items },
      ...{ visible, from, above, below, target, tail, beside, monthName, monthChange },
    };
  },
  template: /* html */ `
    <section class="history card" aria-labelledby="history">
      <div class="title">
        <h1 id="history">Account History</h1>
        <button type="button" class="link turn" @click="$emit('update:newestFirst', !newestFirst)">
          {{ newestFirst ? "Newest first ▼" : "Oldest first ▲" }}
        </button>
        <a class="skip" href="#keep">Skip the table</a>
        <search-field v-model:query="query"></search-field>
      </div>
      <slot></slot>
      <div ref="box" class="rows">
      <table ref="table" tabindex="-1" aria-labelledby="history" :aria-rowcount="items.length + 1">
        <thead>
          <tr aria-rowindex="1">
            <th scope="col" class="date" :aria-sort="newestFirst ? 'descending' : 'ascending'">
              Date <button type="button" :aria-label="newestFirst ? 'Newest first' : 'Oldest first'"
                           @click="$emit('update:newestFirst', !newestFirst)">{{ newestFirst ? "▼" : "▲" }}</button>
            </th>
            <th scope="col">Balance</th>
            <th scope="col">Change</th>
            <th v-if="priced" scope="col" class="now">Bitcoin now</th>
            <th v-if="then" scope="col" class="then">Bitcoin then <span class="drift">since</span></th>
            <th scope="col" class="actions"><span class="unseen">Edit or delete</span></th>
          </tr>
        </thead>
        <tbody ref="body">
          <tr v-if="above" class="gap" aria-hidden="true"><td :colspan="columns" :style="{ height: above + 'px' }"></td></tr>
          <template v-for="(item, n) in visible" :key="item.key">
            <tr v-if="item.inMonth" class="month" :aria-rowindex="from + n + 2">
              <th scope="rowgroup" colspan="2">{{ monthName(item.key) }}</th>
              <td class="change">{{ monthChange(item.inMonth) }}</td>
              <td :colspan="columns - 3"></td>
            </tr>
            <tr v-else-if="item.entry.id && item.entry.id === edited" is="vue:row-editor" :entry="item.entry" :typed="typed"
                :today="today" :columns="columns" :error="editError" :busy="busy" :aria-rowindex="from + n + 2"
                @save="$emit('change', item.entry, $event)" @cancel="$emit('leave')" @keep="typed = $event">
            </tr>
            <tr v-else is="vue:history-row" v-bind="item" :today="today" :month-above="months !== null" :now="priced"
                :then="then" :newest="item.entry.id === newest" :open="item.key === opened"
                :locked="busy || edited !== null" :pointed="target?.id === item.key ? target : null"
                :aria-rowindex="from + n + 2" @open="opened = opened === item.key ? null : item.key"
                @edit="$emit('edit', item.entry.id)" @remove="$emit('remove', item.entry, beside(item))">
            </tr>
          </template>
          <tr v-if="below > 0" class="gap" aria-hidden="true"><td :colspan="columns" :style="{ height: below + 'px' }"></td></tr>
        </tbody>
      </table>
      </div>
      <div class="tail">
        <p role="status">{{ tail }}</p>
        <p v-if="undoable"><button type="button" class="link" @click="$emit('undo')">Undo: {{ undoable }}</button></p>
        <p>Kept for a year after your last change</p>
      </div>
    </section>
  `,
};

/* Of the rows of a month, return the change since the month before. */
function monthChange(rows) {
  const [{ previous }, { entry }] = [rows[0], rows.at(-1)];
  return previous ? randChange(minus(entry.balance, previous.balance)) : "";
}
