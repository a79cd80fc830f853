/* What the visitor did: told in the green band, where it covers nothing, and for a while with Undo. */
import { account, act, own, samples, tabs } from "./account.js";
import * as api from "./api.js";
import { rand, shortDate } from "./format.js";
import { keep, kept } from "./storage.js";
import { computed, nextTick, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

const LASTS = 8000; // ms, not counting while the pointer or the focus is on it

/* What was done: `said` in words, whether it `failed`, the `step` that Undo would take back, and the
 * id of the entry to go on with, `next`. */
export const toast = shallowRef({ said: "" });

export const tell = (said, more) => (toast.value = { said, ...more });

/* The entry that the table highlights: its `id`, whether to `scroll` to it, to `focus` it. */
export const highlighted = shallowRef(null);

/* The steps of this tab, kept there so that undo outlives a reload. A step is what was done in words
 * (`said`), and the call of api.js that takes it back (`call`, with `id` and `values`). How the history
 * looks after it: a change made `made` of the entry; an import `added` an entry
 * of this date and balance. */
const steps = shallowRef(kept("sessionStorage", "undo", []));
watch(steps, (list) => keep("sessionStorage", "undo", list));

/* Tell whether the history is as the step left it: else its answer was lost and it was not carried out,
 * or it is undone already, or the entry was changed since. */
function canUndo({ call, id, made, added }) {
  const find = (wanted) => own.value.find((entry) => entry.id === wanted);
  if (call === "showSamples") return !samples.value.length;
  if (call === "restore") return !find(id);
  if (call === "change") return Object.keys(made).every((name) => find(id)?.[name] === made[name]);
  return !added || own.value.some(({ date, balance }) => date === added.date && balance === added.balance);
}

/* The step that can be taken back next. */
export const undoable = computed(() => steps.value.findLast(canUndo));

/* Add a step before it is taken: the answer may be lost. */
export function addStep(step) {
  steps.value = [...steps.value, step];
}

export function dropSteps() {
  steps.value = [];
}

/* Name an entry: 25 Nov, R 1 234,56. */
export const words = ({ date, balance }) => `${shortDate(date, account.today)}, ${rand(balance)}`;

/* Carry out an action; say that it is done, or why not. Return whether it is. */
export async function perform(request, done, options) {
  try {
    await act(request, options);
    tell(done);
    return true;
  } catch (error) {
    tell(error.message, { failed: true });
    return false;
  }
}

/* Say that a step is undone; of an import, what was changed or deleted since stays. */
function undoneWords({ said, count }, gone) {
  if (gone < count) return `Undone: ${gone} of ${count} balances. Those corrected or deleted since stay so.`;
  return `Undone: ${said[0].toLowerCase()}${said.slice(1)}`;
}

/* Take a step back, unless what it made was changed since, here or elsewhere. */
export async function undo(step) {
  if (account.pending) return;
  const { call, id, values } = step;
  if (call === "change" && !canUndo(step)) {
    tell("This balance was changed or deleted since, so nothing is undone.", { failed: true });
    return;
  }
  try {
    const before = own.value.length;
    await act(() => api[call](id, values));
    tell(undoneWords(step, before - own.value.length));
    if (["restore", "change"].includes(call)) highlighted.value = { id, scroll: true, focus: true };
  } catch (error) {
    tell(error.message, { failed: true });
    if (error.status !== 404) return;
  }
  const same = JSON.stringify(step); // it may be a copy, from the outbox
  steps.value = steps.value.filter((other) => JSON.stringify(other) !== same);
}

tabs.addEventListener("message", ({ data }) => {
  if (!data.said) return;
  tell(data.said);
  dropSteps();
});
watch(
  () => account.replaced || account.emptied,
  (gone) => gone && dropSteps(),
);

export const ToastMessage = {
  setup() {
    const held = ref(false);
    let timer;
    watch([toast, held], () => {
      clearTimeout(timer);
      if (toast.value.said && !held.value) timer = setTimeout(() => tell(""), LASTS);
    });

    /* What is deleted takes the focus along, and so does Undo once it has done its work. */
    const undoButton = useTemplateRef("undoButton");
    const cross = useTemplateRef("cross");
    watch(
      () => toast.value.step,
      async (step) => {
        const undone = document.activeElement === undoButton.value;
        await nextTick();
        if (document.activeElement !== document.body) return;
        if (step?.call === "restore") {
          before = null;
          undoButton.value?.focus({ preventScroll: true });
        } else if (undone) {
          cross.value?.focus({ preventScroll: true });
        }
      },
    );

    /* Whoever came here goes back to where they were, or goes on where that is deleted. */
    let before = null;
    function hold({ relatedTarget }) {
      held.value = true;
      if (relatedTarget && !relatedTarget.closest(".toast")) before = relatedTarget;
    }
    function close() {
      const { next } = toast.value;
      tell("");
      if (before?.isConnected) before.focus({ preventScroll: true });
      else if (next) highlighted.value = { id: next, focus: true };
      else document.querySelector("main").focus({ preventScroll: true });
    }
    return { account, close, held, hold, toast, undo };
  },
  template: /* html */ `
    <Teleport to="#toast">
      <p v-if="toast.said" class="toast" :class="{ failed: toast.failed }" @mouseenter="held = true" @mouseleave="held = false"
         @focusin="hold" @focusout="held = false" @keydown.esc="close">
        <span>{{ toast.said }}</span>
        <button v-if="toast.step" ref="undoButton" type="button" class="undo" :aria-disabled="account.pending"
                @click="undo(toast.step)">Undo</button>
        <button ref="cross" type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </p>
    </Teleport>
  `,
};
