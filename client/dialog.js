/* The frame of a dialog: a title, a cross, what it says, and its buttons at the foot. */
import { onBeforeUnmount, onMounted, useTemplateRef } from "./vue.js";

export const ModalDialog = {
  props: { title: String },
  emits: ["close"], // also by Escape
  setup() {
    const dialog = useTemplateRef("dialog");
    onMounted(() => dialog.value.showModal());
    onBeforeUnmount(() => dialog.value.close()); // the focus goes back to what opened it
    return { dialog };
  },
  template: /* html */ `
    <dialog ref="dialog" aria-labelledby="dialog-title" @close="$emit('close')">
      <div class="top">
        <h2 id="dialog-title">{{ title }}</h2>
        <button type="button" class="icon" aria-label="Close" @click="dialog.close()">✕</button>
      </div>
      <div class="body"><slot></slot></div>
      <div class="foot"><slot name="foot" :close="() => dialog.close()"></slot></div>
    </dialog>
  `,
};
