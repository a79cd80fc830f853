/* What was just done, in the green band, where it covers nothing; for a while with Undo. */
import { nextTick, onUnmounted, ref, useTemplateRef, watch } from "./vue.js";

const LASTS = 8000; // ms, not counting while the pointer or the focus is on it

export const ToastMessage = {
  props: {
    said: String,
    failed: Boolean,
    step: Object, // what Undo would take back
    next: String, // the id of an entry to go on with
    busy: Boolean,
  },
  emits: ["undo", "close", "goOn"],
  setup(props, { emit }) {
    const held = ref(false);
    let timer;
    const rest = () => clearTimeout(timer);
    watch(
      [() => props.said, () => props.step, held],
      () => {
        rest();
        if (props.said && !held.value) timer = setTimeout(() => emit("close"), LASTS);
      },
      { immediate: true },
    );
    onUnmounted(rest);

    /* What is deleted takes the focus along, and so does Undo once it has done its work. */
    const undo = useTemplateRef("undo");
    const cross = useTemplateRef("cross");
    watch(
      () => props.step,
      async (step) => {
        const undone = document.activeElement === undo.value;
        await nextTick();
        if (document.activeElement !== document.body) return;
        if (step?.call === "restore") {
          before = null;
          undo.value?.focus({ preventScroll: true });
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
      const { next } = props;
      emit("close");
      if (before?.isConnected) before.focus({ preventScroll: true });
      else if (next) emit("goOn", next);
      else document.getElementById("app").focus({ preventScroll: true });
    }
    return { close, held, hold };
  },
  template: /* html */ `
    <teleport to="#toast">
      <p v-if="said" class="toast" :class="{ failed }" @mouseenter="held = true" @mouseleave="held = false"
         @focusin="hold" @focusout="held = false" @keydown.esc="close">
        <span>{{ said }}</span>
        <button v-if="step" ref="undo" type="button" class="undo" :aria-disabled="busy" @click="$emit('undo')">Undo</button>
        <button ref="cross" type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </p>
    </teleport>
  `,
};
