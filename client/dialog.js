/* What the dialogs share: the frame, with a title, a cross, what it says, and its buttons at the foot;
 * calls of the server's; the history as files. */
import { fetchKeyDay } from "./api.js";
import { onBeforeUnmount, onMounted, ref, useTemplateRef } from "./vue.js";

export const ModalDialog = {
  props: {
    title: String,
    mayClose: { type: Function, default: () => true }, // asked first
  },
  emits: ["close"], // also by Escape
  setup(props, { emit }) {
    const dialog = useTemplateRef("dialog");
    onMounted(() => dialog.value.showModal());
    onBeforeUnmount(() => {
      dialog.value.close(); // the focus goes back to what opened it, unless that is gone
      if (document.activeElement === document.body) document.querySelector("main").focus({ preventScroll: true });
    });
    const close = () => props.mayClose() && emit("close");

    /* Escape, pressed twice, closes it unasked. */
    function closed() {
      if (props.mayClose()) emit("close");
      else dialog.value?.showModal();
    }
    return { close, closed, dialog };
  },
  template: /* html */ `
    <dialog ref="dialog" aria-labelledby="dialog-title" @cancel.self.prevent="close" @close="closed">
      <div class="top bar">
        <h2 id="dialog-title">{{ title }}</h2>
        <button type="button" class="icon" aria-label="Close" @click="close">✕</button>
      </div>
      <div class="body"><slot></slot></div>
      <div class="foot bar"><slot name="foot" :close="close"></slot></div>
    </dialog>
  `,
};

/* Return a function that carries out a call, one at a time, and refs that tell whether one is `busy` and
 * what its `problem` was. It returns the error, if any; where the answer is lost, `perhaps` says more. */
export function useCall() {
  const busy = ref(false);
  const problem = ref("");
  async function call(request, perhaps = "") {
    if (busy.value) return null;
    busy.value = true;
    problem.value = "";
    try {
      await request();
      return null;
    } catch (error) {
      problem.value = error.lost ? `${error.message} ${perhaps}` : error.message;
      return error;
    } finally {
      busy.value = false;
    }
  }
  return { busy, call, problem };
}

/* Return a ref of the day on which a key of the history here was made: null where there is none, undefined
 * while it is not known. */
export function useKeyDay() {
  const made = ref();
  fetchKeyDay().then(
    (day) => (made.value = day),
    () => {}, // the words say so
  );
  return made;
}

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
