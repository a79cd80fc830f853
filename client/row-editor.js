/* A row while its balance and date are changed: Enter saves, Escape leaves it as it was. */
import { readRand } from "./amount.js";
import { decimal, fullDate } from "./format.js";
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
    const problem = ref(""); // what is wrong with the values
    const wrong = ref(""); // which of them
    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    onMounted(() => props.typed || field.value.select());
    onBeforeUnmount(() => emit("keep", { balance: balance.value, date: date.value }));
    watch([balance, date], () => (problem.value = wrong.value = ""));

    function refuse(name, reason) {
      problem.value = reason;
      wrong.value = name;
      (name === "date" ? day : field).value.focus();
    }
    function save() {
      if (props.busy) return;
      let plain;
      try {
        plain = readRand(balance.value);
      } catch ({ message }) {
        return refuse("balance", message);
      }
      if (!day.value.validity.valid) {
        return refuse("date", "Write a whole date from 1900 to today.");
      }
      emit("save", { balance: plain, date: date.value });
    }
    return { balance, date, problem, wrong, save, fullDate };
  },
  template: /* html */ `
    <tr class="editor" @keydown.esc="$emit('cancel')">
      <td class="date">
        <input ref="day" v-model="date" form="editor" type="date" min="1900-01-01" :max="today" required aria-label="Date"
               :aria-invalid="wrong === 'date'" aria-describedby="editor-error">
      </td>
      <td class="balance">
        <span class="money">
          <input ref="field" v-model.trim="balance" form="editor" inputmode="decimal" autocomplete="off"
                 :aria-label="'Balance of ' + fullDate(entry.date)" :aria-invalid="wrong === 'balance'"
                 aria-describedby="editor-error">
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
