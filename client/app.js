/* The page: what a visitor can do, and what they are told; index.html shows it. */
import { minus, readRand, refusal } from "./amount.js";
import * as api from "./api.js";
import { useChart } from "./chart.js";
import { age, bitcoin, counted, moment, percent, rand, randChange, uuid } from "./format.js";
import { useHistory } from "./history.js";
import { useTable } from "./table.js";
import { useUndo } from "./undo.js";

const FADE = 10000; // ms that one is told of a success
const FRESH = "fresh"; // told to the other tabs
const LARGEST = 1024 * 1024; // bytes of a file that the server takes

await libraries;
const { computed, createApp, nextTick, ref, shallowRef, watch } = Vue;

function setup() {
  const history = useHistory();
  const { balances, own, rate, today, pending, now, tracked, tabs, act } = history;
  const current = computed(() => tracked.value.at(-1));
  const before = computed(() => tracked.value.at(-2));
  const rateAge = computed(() => age((now.value - Date.parse(rate.value.as_of)) / 1000));

  const plot = ref(null);
  const chart = useChart(tracked, plot);
  const box = ref(null);
  const table = useTable(balances, box);

  const said = ref(""); // about the last action
  const failure = ref("");
  let fading;
  watch(said, () => {
    clearTimeout(fading);
    fading = setTimeout(() => (said.value = ""), FADE);
  });

  /* Carry out an action; say so, and that it is done, or say why not and return the error. */
  async function tell(doing, request, done) {
    said.value = doing;
    failure.value = "";
    try {
      await act(request);
      said.value = done;
      return null;
    } catch (error) {
      said.value = "";
      failure.value = error.message;
      return error;
    }
  }

  async function load() {
    await history.refresh();
    await nextTick();
    field.value?.focus();
  }

  /* Record */

  const field = ref(null);
  const complaint = ref(null);
  const balance = ref("");
  const date = ref("");
  const error = ref("");
  const refused = ref([]); // the fields that the error is about
  const saving = ref(false);
  const latest = ref(null); // id of the entry recorded last, to point it out
  let attempt = {}; // the values that are being sent, and the key that names them

  const understood = computed(() => {
    try {
      const amount = rand(readRand(balance.value));
      if (!date.value) return "";
      return date.value === today.value
        ? `That is ${amount}.`
        : `That is ${amount} on ${date.value}.`;
    } catch {
      return "";
    }
  });
  watch(today, (day, dayBefore) => {
    if ([dayBefore, ""].includes(date.value)) date.value = day;
  });

  /* Move the focus when an action has ended, unless the visitor has moved it meanwhile. */
  function refocus(before, after) {
    if ([before, document.body].includes(document.activeElement)) after?.focus();
  }

  /* Send the balance. Sent again after a failure, the same values keep their key. */
  async function submit() {
    if (pending.value) return;
    const focused = document.activeElement;
    const typed = balance.value;
    const day = date.value;
    said.value = failure.value = error.value = "";
    refused.value = [];
    saving.value = true;
    try {
      const amount = readRand(typed);
      if (attempt.amount !== amount || attempt.day !== day) attempt = { amount, day, key: uuid() };
      const { key } = attempt;
      const { balances } = await act(() => api.record({ balance: amount, date: day }, key));
      attempt = {};
      if (!balances.some(({ id }) => id === key)) {
        throw refusal("It was recorded, and deleted since. Send it again to record it anew.");
      }
      said.value = `${rand(amount)} is recorded for ${day}.`;
      latest.value = key;
      if (document.activeElement === focused) table.query = "";
      if (balance.value === typed) balance.value = "";
      if (date.value === day) date.value = today.value;
      table.show(latest.value);
    } catch (problem) {
      error.value = problem.message;
      refused.value = problem.errors.map((refusal) => refusal.field);
    }
    saving.value = false;
    refocus(focused, field.value);
    await nextTick();
    complaint.value.scrollIntoView({ block: "nearest" });
  }

  /* Correct */

  const { undoable, note, forget, forgetAll } = useUndo(own);
  const freshDialog = ref(null);

  async function remove(entry) {
    if (pending.value) return;
    const focused = document.activeElement;
    note(entry);
    if (entry.id === attempt.key) attempt = {}; // to send it again means to record it anew
    const problem = await tell("Deleting…", () => api.remove(entry.id), "The balance is deleted.");
    if (problem) return;
    await nextTick();
    refocus(focused, document.getElementById("undo"));
  }

  async function undo() {
    if (pending.value) return;
    const focused = document.activeElement;
    const entry = undoable.value;
    const bring = () => api.restore(entry.id);
    const problem = await tell("Bringing it back…", bring, "The balance is back.");
    if (problem && problem.status !== 404) return;
    if (document.activeElement === focused) table.query = "";
    forget(entry);
    await table.show(entry.id);
    refocus(focused, document.getElementById(`delete-${entry.id}`) ?? field.value);
  }

  function confirm() {
    if (pending.value) return;
    freshDialog.value.returnValue = ""; // Escape leaves it as it is
    freshDialog.value.showModal();
  }

  async function confirmed() {
    if (freshDialog.value.returnValue !== "delete") return;
    const focused = document.activeElement;
    const done = "You start fresh: nothing is left of the old history.";
    const problem = await tell("Deleting everything…", api.startFresh, done);
    refocus(focused, field.value);
    if (problem) return;
    forgetAll();
    tabs.postMessage(FRESH);
  }

  tabs.addEventListener("message", ({ data }) => data === FRESH && forgetAll());

  /* Offer no more to bring anything back. */
  function dismiss() {
    forgetAll();
    field.value.focus();
  }

  /* Keep */

  const importDialog = ref(null);
  const draft = shallowRef(null); // the file that may be imported: what it adds, or why it cannot be

  /* Show what the picked file would add, or which of its lines are refused. */
  async function preview({ target }) {
    const [file] = target.files;
    target.value = ""; // the same file can be picked again
    if (!file || pending.value) return;
    const key = uuid();
    said.value = `Reading ${file.name}…`;
    failure.value = "";
    draft.value = { name: file.name, errors: [] };
    try {
      if (file.size > LARGEST) throw new Error("The file is larger than 1 MiB.");
      const read = async () => {
        const bytes = await file.arrayBuffer();
        const { balances } = await api.importCsv(bytes, key, true);
        draft.value = { ...draft.value, bytes, key, entries: balances };
      };
      await act(read, { dryRun: true });
    } catch (problem) {
      draft.value = { ...draft.value, problem: problem.message, errors: problem.errors ?? [] };
    }
    said.value = "";
    target.focus(); // where the focus returns to
    importDialog.value.showModal();
  }

  /* Add what was shown. Sent again after a failure, it keeps its key. */
  async function add() {
    if (pending.value) return;
    const { bytes, key, entries } = draft.value;
    try {
      await act(() => api.importCsv(bytes, key));
      said.value = `${counted(entries.length)} ${entries.length === 1 ? "is" : "are"} added.`;
      importDialog.value.close();
    } catch (problem) {
      draft.value = { ...draft.value, problem: problem.message };
      if (!importDialog.value.open) failure.value = problem.message;
    }
  }

  return {
    ...history,
    ...{
      kept: navigator.cookieEnabled,
      load,
      current,
      before,
      rateAge,
      plot,
      chart,
      box,
      table,
      said,
      failure,
    },
    ...{ field, complaint, balance, date, error, refused, saving, latest, understood, submit },
    ...{ undoable, remove, undo, dismiss, freshDialog, confirm, confirmed },
    ...{ importDialog, draft, preview, add },
    ...{ bitcoin, counted, minus, moment, percent, rand, randChange },
  };
}

/* A double click is one click, and a held Enter one press: rows move up under the pointer. */
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("button")) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter") event.preventDefault();
});

// The parts of the page share one state. Each is compiled, and once there is something to show
// mounted, in a task of its own, so that the page answers in between; and it renders by itself:
// typing an amount does not touch the table.
const pause = () => new Promise(setTimeout);
await pause();
const state = setup();
const answered = state.refresh();
const parts = [...document.querySelectorAll(".part")];
const renders = [];
for (const part of parts) {
  await pause();
  renders.push(Vue.compile(part));
}
await answered;
for (const [number, part] of parts.entries()) {
  await pause();
  createApp({ setup: () => state, render: renders[number] }).mount(part);
  document.getElementById("start")?.remove();
}
