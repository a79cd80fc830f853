/* What was just done, in the green band, where it covers nothing; for a while with Undo. */
import { nextTick, onUnmounted, ref, useTemplateRef, watch } from "./vue.js";

const LASTS = 8000; // ms, not counting while the pointer or the focus is on it

export const ToastMessage = {
  props: {
    said: String,
    failed: Boolean,
    step: Object, // what Undo would take back
    busy: Boolean,
  },
  emits: ["undo", "close"],
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

    /* What is deleted takes the focus along; Undo has it next. */
    const undo = useTemplateRef("undo");
    watch(
      () => props.step,
      async (step) => {
        await nextTick();
        const lost = step?.call === "restore" && document.activeElement === document.body;
        if (lost) undo.value?.focus({ preventScroll: true });
      },
    );

    function close() {
      emit("close");
      document.getElementById("app").focus({ preventScroll: true });
    }
    return { close, held };
  },
  template: /* html */ `
    <teleport to="#toast">
      <p v-if="said" class="toast" :class="{ failed }" @mouseenter="held = true" @mouseleave="held = false"
         @focusin="held = true" @focusout="held = false">
        <span>{{ said }}</span>
        <button v-if="step" ref="undo" type="button" class="undo" :aria-disabled="busy" @click="$emit('undo')">Undo</button>
        <button type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </p>
    </teleport>
  `,
};
