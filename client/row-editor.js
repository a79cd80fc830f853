/* A row while its balance and date are changed: Enter saves, Escape leaves it as it was. */
import { readRand } from "./amount.js";
import { decimal } from "./format.js";
import { onBeforeUnmount, onMounted, ref, useTemplateRef, watch } from "./vue.js";

export const RowEditor = {
  props: {
    entry: Object,
    typed: Object, // what `keep` was told of it before, null where nothing was
    today: String,
    columns: Number, // of the table
    error: String, // why the server refuses it
    busy: Boolean,
  },
  emits: [
    "save", // with `balance` (a plain decimal) and `date`
    "cancel",
    "keep", // with both as they were typed: the row may only be scrolled away
  ],
  setup(props, { emit }) {
    const balance = ref(props.typed?.balance ?? decimal(props.entry.balance));
    const date = ref(props.typed?.date ?? props.entry.date);
    const problem = ref("");
    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    onMounted(() => props.typed || field.value.select());
    onBeforeUnmount(() => emit("keep", { balance: balance.value, date: date.value }));
    watch([balance, date], () => (problem.value = ""));

    function save() {
      if (props.busy) return;
      problem.value = "";
      try {
        const plain = readRand(balance.value);
        if (day.value.validity.valid) emit("save", { balance: plain, date: date.value });
        else problem.value = "Write a whole date from 1900 to today.";
      } catch ({ message }) {
        problem.value = message;
      }
    }
    return { balance, date, problem, save };
  },
  template: /* html */ `
    <tr class="editor" @keydown.esc="$emit('cancel')">
      <td class="date">
        <input ref="day" v-model="date" form="editor" type="date" min="1900-01-01" :max="today" required aria-label="Date"
               aria-describedby="editor-error">
      </td>
      <td class="balance">
        <span class="money">
          <input ref="field" v-model.trim="balance" form="editor" inputmode="decimal" autocomplete="off"
                 aria-label="Balance" aria-describedby="editor-error">
        </span>
      </td>
      <td class="choices" :colspan="columns - 2">
        <form id="editor" novalidate @submit.prevent="save">
          <p id="editor-error" class="error" role="alert">{{ problem || error }}</p>
          <button type="button" class="quiet" @click="$emit('cancel')">Cancel</button>
          <button class="main" :aria-disabled="busy">{{ busy ? "Saving…" : "Save" }}</button>
        </form>
      </td>
    </tr>
  `,
};
