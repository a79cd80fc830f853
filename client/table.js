/* The table: its order, which rows are in the document, searching, changing and deleting a balance, and
 * the samples. */
import { account, act } from "./account.js";
import * as api from "./api.js";
import { counted, dayAndMonth, minus, monthName, randChange, readRand } from "./format.js";
import { addStep, isUnderWay, send, undo, undoable, words } from "./outbox.js";
import { remembered } from "./storage.js";
import { TableEditor, TableRow } from "./table-row.js";
import { highlighted, tell, tellFailure } from "./toast.js";
import { computed, getCurrentInstance, nextTick, onMounted, ref, useTemplateRef, watch } from "./vue.js";

const NEWEST = 30; // rows that are in the document at first
const MORE = 100; // rows that are added at once
const HIGHLIGHTED = 1500; // ms that a row is

/* On paper all rows are there. */
const printing = ref(false);
window.addEventListener("beforeprint", () => (printing.value = true));
window.addEventListener("afterprint", () => (printing.value = false));
matchMedia("print").addEventListener("change", ({ matches }) => (printing.value = matches));

const monthOf = ({ entry }) => entry.date.slice(0, 7);

export const HistoryTable = {
  components: { TableEditor, TableRow },
  emits: ["fresh"], // asks to start fresh
  setup() {
    const newestFirst = remembered("newest-first", false);
    const query = ref("");
    const edited = ref(null); // id of the entry that is being changed

    /* Firefox prints what is there after `beforeprint`, before Vue would draw by itself. */
    const instance = getCurrentInstance();
    watch(printing, () => instance.update(), { flush: "sync" });

    /* Each entry with the one before: samples and one's own are not compared. */
    const rows = computed(() => {
      const before = new Map();
      return account.balances.map((entry) => {
        const previous = before.get(entry.sample) ?? null;
        before.set(entry.sample, entry);
        return { key: entry.id ?? `sample ${entry.date}`, entry, previous };
      });
    });
    const found = computed(() => {
      if (!query.value.trim()) return rows.value;
      const matches = matcher(query.value);
      return rows.value.filter(({ entry, key }) => matches(entry) || key === edited.value);
    });
    const then = computed(() => account.balances.some(({ btc_then }) => btc_then !== null));
    const columns = computed(() => 4 + Number(account.rate !== null) + Number(then.value));

    /* Which rows are in the document: the newest, from the one that is being changed; or all on paper. */
    const limit = ref(NEWEST);
    const earlier = computed(() => {
      if (printing.value) return 0;
      const at = edited.value ? found.value.findIndex(({ key }) => key === edited.value) : Infinity;
      return Math.max(0, Math.min(at, found.value.length - limit.value));
    });
    const shown = computed(() => {
      const part = found.value.slice(earlier.value);
      return newestFirst.value ? part.reverse() : part;
    });

    /* Each month has a row above its own, unless those are as many, or some are searched for. */
    const byMonth = computed(
      () => found.value === rows.value && new Set(rows.value.map(monthOf)).size * 2 <= rows.value.length,
    );
    const beginsMonth = (row, index) => byMonth.value && (!index || monthOf(row) !== monthOf(shown.value[index - 1]));

    /* The change since the month before: of one's own, where there are any. */
    function monthChange(month) {
      const all = rows.value.filter((row) => monthOf(row) === month);
      const own = all.filter(({ entry }) => !entry.sample);
      const counting = own.length ? own : all;
      const [{ previous }, { entry }] = [counting[0], counting.at(-1)];
      return previous ? randChange(minus(entry.balance, previous.balance)) : "";
    }

    async function showEarlier() {
      limit.value += MORE;
      await nextTick();
      refocus();
    }

    const box = useTemplateRef("box"); // scrolls by itself on a wide screen only
    onMounted(() => {
      if (!newestFirst.value) box.value.scrollTop = box.value.scrollHeight;
    });

    /* What had the focus may have gone. */
    const table = useTemplateRef("table");
    function refocus() {
      if (document.activeElement === document.body) table.value?.focus({ preventScroll: true });
    }
    async function undoLast() {
      await undo(undoable.value);
      await nextTick();
      refocus();
    }

    /* Show the row that is highlighted, which does the rest. */
    let forgetting;
    function reveal(wanted) {
      if (!wanted) return;
      const find = () => found.value.findIndex(({ key }) => key === wanted.id);
      if (find() < 0 && document.activeElement?.type !== "search") query.value = "";
      if (find() >= 0) limit.value = Math.max(limit.value, found.value.length - find());
      clearTimeout(forgetting);
      forgetting = setTimeout(() => (highlighted.value = null), HIGHLIGHTED);
    }
    watch(highlighted, reveal, { flush: "post", immediate: true });

    /* One entry is changed at a time. */
    function othersWait() {
      if (edited.value === null) return false;
      tell("First save or cancel the balance that you are changing.", { failed: true });
      return true;
    }
    function edit(entry) {
      if (!isGoing(entry) && !othersWait()) edited.value = entry.id;
    }

    /* What waits to be deleted cannot be changed: the deletion comes first. */
    function isGoing({ waiting }) {
      if (waiting === "remove") tell("This balance waits to be deleted. Undo that first.", { failed: true });
      return waiting === "remove";
    }
    function endEditing(scroll) {
      const id = edited.value;
      edited.value = null;
      highlighted.value = { id, scroll, focus: true };
    }

    /* Another tab may delete the entry, or Undo take it back. */
    watch(
      () => account.own,
      async (own) => {
        if (edited.value === null || own.some(({ id }) => id === edited.value)) return;
        edited.value = null;
        tell("The balance that you were changing is no longer there.", { failed: true });
        await nextTick();
        refocus();
      },
    );

    async function remove(row) {
      const { entry } = row;
      if (isUnderWay({ call: "remove", id: entry.id }) || isGoing(entry) || othersWait()) return;
      const ours = found.value.filter(({ entry: { sample } }) => !sample);
      const at = ours.indexOf(row);
      const next = (ours[at + 1] ?? ours[at - 1])?.key; // where one goes on
      const name = words(entry);
      const done = `Deleted ${name}`;
      const step = { said: done, call: "restore", id: entry.id, values: entry };
      addStep(step);
      await send({ call: "remove", id: entry.id, name: `deletion of ${name}`, done, step, next }).catch(tellFailure);
    }

    /* The strip goes with the samples, so the focus goes to the newest row. */
    async function removeSamples() {
      if (account.pending) return;
      const step = { said: "Removed the samples", call: "showSamples" };
      addStep(step);
      try {
        await act(api.removeSamples);
      } catch (error) {
        return tellFailure(error);
      }
      tell(step.said, { step });
      const newest = account.own.at(-1);
      if (newest) highlighted.value = { id: newest.id, focus: true };
    }

    const tail = computed(() => {
      const all = counted(rows.value.length);
      if (found.value !== rows.value) return `${found.value.length} of ${all}`;
      if (rows.value.length === 1) return all;
      if (earlier.value) return `${all}, the newest ${rows.value.length - earlier.value} shown`;
      return `${all}, ${newestFirst.value ? "newest" : "oldest"} first`;
    });
    return {
      beginsMonth,
      byMonth,
      columns,
      earlier,
      edit,
      edited,
      endEditing,
      monthChange,
      monthOf,
      newestFirst,
      query,
      remove,
      removeSamples,
      showEarlier,
      shown,
      tail,
      then,
      undoable,
      undoLast,
    };
  },
  template: /* html */ `
    <section class="history card" aria-labelledby="history">
      <div class="title bar">
        <h1 id="history">Account History</h1>
        <button type="button" class="link label turn" @click="newestFirst = !newestFirst">
          {{ newestFirst ? "Newest first ▼" : "Oldest first ▲" }}
        </button>
        <a class="link skip" href="#tail">Skip the table</a>
        <p class="search screen">
          <label for="query" class="unseen">Find a date or an amount</label>
          <svg aria-hidden="true"><use href="#search"></use></svg>
          <input id="query" v-model="query" type="search" autocomplete="off" placeholder="Date or amount">
        </p>
      </div>
      <div v-if="account.samples.length" class="strip bar screen">
        <p v-if="account.own.length">{{ account.samples.length }} of these {{ counted(account.balances.length) }} are samples.</p>
        <p v-else>These {{ counted(account.samples.length) }} are samples. They stay until you remove them.</p>
        <button type="button" class="link" @click="removeSamples">Remove samples</button>
      </div>
      <div ref="box" class="rows">
      <table ref="table" tabindex="-1" aria-labelledby="history">
        <thead>
          <tr>
            <th scope="col" class="date" :aria-sort="newestFirst ? 'descending' : 'ascending'">
              Date <button type="button" :aria-label="newestFirst ? 'Newest first' : 'Oldest first'"
                           @click="newestFirst = !newestFirst">{{ newestFirst ? "▼" : "▲" }}</button>
            </th>
            <th scope="col">Balance</th>
            <th scope="col">Change</th>
            <th v-if="account.rate" scope="col" class="now">Bitcoin now</th>
            <th v-if="then" scope="col" class="then">Bitcoin that day <span class="drift">price since</span></th>
            <th scope="col" class="actions"><span class="unseen">Edit or delete</span></th>
          </tr>
        </thead>
        <tbody>
          <tr v-if="earlier && !newestFirst" class="earlier">
            <td :colspan="columns"><button type="button" class="link" data-repeatable @click="showEarlier">Show {{ earlier }} earlier</button></td>
          </tr>
          <template v-for="(row, index) in shown" :key="row.key">
            <tr v-if="beginsMonth(row, index)" class="month">
              <th scope="row" colspan="2">{{ monthName(monthOf(row)) }}</th>
              <td class="change">{{ monthChange(monthOf(row)) }}</td>
              <td :colspan="columns - 3"></td>
            </tr>
            <TableEditor v-if="edited && row.entry.id === edited" :entry="row.entry" :columns="columns" @done="endEditing" />
            <TableRow v-else :entry="row.entry" :previous="row.previous" :month-above="byMonth" :then="then"
                      :locked="edited !== null || row.entry.waiting === 'remove'" @edit="edit(row.entry)" @remove="remove(row)" />
          </template>
          <tr v-if="earlier && newestFirst" class="earlier">
            <td :colspan="columns"><button type="button" class="link" data-repeatable @click="showEarlier">Show {{ earlier }} earlier</button></td>
          </tr>
        </tbody>
      </table>
      </div>
      <div id="tail" class="tail bar label" tabindex="-1">
        <p role="status">{{ tail }}</p>
        <p v-if="undoable" :key="undoable.said"><button type="button" class="link" @click="undoLast">Undo: {{ undoable.said }}</button></p>
        <div class="keeping bar screen">
          <details>
            <summary>Kept for a year after your last change</summary>
            After a year without a change, this browser no longer opens your history, and a month later it is
            deleted unless it has a key, which opens it even then. Any change begins the year again, such as a
            balance recorded; looking at the page does not.
          </details>
          <p><button type="button" class="link danger" @click="$emit('fresh')">Start fresh…</button> {{ account.own.length ? "deletes everything here" : "removes the samples" }}</p>
        </div>
      </div>
    </section>
  `,
};

/* Return a function that tells whether an entry is what is searched for: "20/11/2026", "2026-11-20",
 * "20 Nov 2026", "november", "1 234,56" and parts of them. */
function matcher(query) {
  const text = query.trim().toLowerCase().replace(/\s+/g, " ");
  const date = text.replace(/[-.]/g, "/");
  const amount = text.replace(/[\sr]/g, "").replace("−", "-").replace(",", ".");
  const exact = amountIn(query);
  return (entry) =>
    written(entry.date).includes(date) ||
    (/\d/.test(amount) && entry.balance.includes(amount)) ||
    entry.balance === exact;
}

function amountIn(text) {
  try {
    return readRand(text);
  } catch {
    return null;
  }
}

/* How a date may be written, in one text. */
function written(date) {
  const [year, month, day] = date.split("-");
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  const numbers = `${year}/${month}/${day} ${day}/${month}/${year} ${dayNumber}/${monthNumber}/${year}`;
  return `${numbers} ${dayAndMonth(date)} ${year} ${dayNumber} ${monthName(date)}`.toLowerCase();
}
