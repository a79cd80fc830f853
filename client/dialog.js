/* The frame of a dialog: a title, a cross, what it says, and its buttons at the foot. */
import { onBeforeUnmount, onMounted, useTemplateRef } from "./vue.js";

export const ModalDialog = {
  props: {
    title: String,
    mayClose: { type: Function, default: () => true }, // asked first
  },
  emits: ["close"], // also by Escape
  setup(props) {
    const dialog = useTemplateRef("dialog");
    onMounted(() => dialog.value.showModal());
    onBeforeUnmount(() => dialog.value.close()); // the focus goes back to what opened it
    const close = () => props.mayClose() && dialog.value.close();
    return { close, dialog };
  },
  template: /* html */ `
    <dialog ref="dialog" aria-labelledby="dialog-title" @cancel.self.prevent="close" @close="$emit('close')">
      <div class="top">
        <h2 id="dialog-title">{{ title }}</h2>
        <button type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </div>
      <div class="body"><slot></slot></div>
      <div class="foot"><slot name="foot" :close="close"></slot></div>
    </dialog>
  `,
};

/* The history as files, to take along before it is gone from here. */
export const ExportLinks = {
  template: /* html */ `
    <a class="button quiet" href="api/balances.csv" download>
      <svg aria-hidden="true"><use href="#export"></use></svg> Export CSV
    </a>
    <a class="button quiet" href="api/balances.xlsx" download>
      <svg aria-hidden="true"><use href="#export"></use></svg> Excel workbook
    </a>
  `,
};
