/* What the visitor did: told in the green band, where it covers nothing, and for a while with Undo. */
import { account, act, own, tabs } from "./account.js";
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

/* The steps of this tab that can be undone, kept there so that undo outlives a reload. A step is
 * what was done in words (`said`), and the call of api.js that takes it back (`call`, `id`). Where the
 * answer was lost, it has an entry that it has `added`, if it was carried out. */
const steps = shallowRef(kept("sessionStorage", "undo", []));
watch(steps, (list) => keep("sessionStorage", "undo", list));

/* The step that can be taken back next. */
export const undoable = computed(() => {
  const isThere = (id) => own.value.some((entry) => entry.id === id);
  return steps.value.findLast(({ call, id, added }) => (call === "restore" ? !isThere(id) : !added || isThere(added)));
});

function dropStep({ id }) {
  steps.value = steps.value.filter((step) => step.id !== id);
}

/* Add a step before it is taken: the answer may be lost. */
export function addStep(step) {
  dropStep(step);
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

/* Take a step back. */
export async function undo(step) {
  if (account.pending) return;
  try {
    const before = own.value.length;
    await act(() => api[step.call](step.id));
    tell(undoneWords(step, before - own.value.length));
    if (step.call === "restore") highlighted.value = { id: step.id, scroll: true, focus: true };
  } catch (error) {
    tell(error.message, { failed: true });
    if (error.status !== 404) return;
  }
  dropStep(step);
}

tabs.addEventListener("message", ({ data }) => {
  if (!data.said) return;
  tell(data.said);
  dropSteps();
});
watch(
  () => account.replaced,
  (replaced) => replaced && dropSteps(),
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
