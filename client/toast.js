/* What was done, told in the green band, where it covers nothing, and for a while with Undo. */
import { nextTick, shallowRef, useTemplateRef, watch } from "./vue.js";

const LASTS = 8000; // ms in view, and as long again while the pointer or the focus is on it

/* What was done: `said` in words, whether it `failed`, the `step` that Undo would take back, and the
 * id of the entry to go on with, `next`. */
export const toast = shallowRef({ said: "" });

export const tell = (said, more) => (toast.value = { said, ...more });
export const tellFailure = ({ message }) => tell(message, { failed: true });

/* The entry that the table highlights: its `id`, whether to `scroll` to it, to `focus` it. */
export const highlighted = shallowRef(null);

/* Tell whether somebody is typing outside this form by now: nothing takes the focus away from there. */
export const isTypingOutside = (form) =>
  document.activeElement.matches("input") && document.activeElement.form !== form;

export const ToastMessage = {
  emits: ["undo"], // with a step
  setup() {
    const box = useTemplateRef("box");
    let timer;
    function wait() {
      clearTimeout(timer);
      timer = setTimeout(expire, LASTS);
    }
    function expire() {
      if (box.value?.matches(":hover, :focus-within")) wait();
      else if (toast.value.said && !document.hidden) tell("");
    }
    watch(toast, wait);
    document.addEventListener("visibilitychange", wait);

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
    function comeFrom({ relatedTarget }) {
      if (relatedTarget && !relatedTarget.closest(".toast")) before = relatedTarget;
    }
    function close() {
      const { next } = toast.value;
      tell("");
      if (before?.isConnected) before.focus({ preventScroll: true });
      else if (next) highlighted.value = { id: next, focus: true };
      else document.querySelector("main").focus({ preventScroll: true });
    }
    return { close, comeFrom, toast };
  },
  template: /* html */ `
    <Teleport to="#toast">
      <p v-if="toast.said" ref="box" class="toast light" :class="{ failed: toast.failed }" @focusin="comeFrom" @keydown.esc="close">
        <span>{{ toast.said }}</span>
        <button v-if="toast.step" ref="undoButton" type="button" class="undo" @click="$emit('undo', toast.step)">Undo</button>
        <button ref="cross" type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </p>
    </Teleport>
  `,
};
