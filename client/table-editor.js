/* A row while its balance and date are changed: Enter saves, Escape leaves it as it was. */
import { account, act } from "./account.js";
import { tell, words } from "./activity.js";
import * as api from "./api.js";
import { decimal, fullDate, readRand } from "./format.js";
import { onMounted, ref, useTemplateRef, watch } from "./vue.js";

export const TableEditor = {
  props: {
    entry: Object,
    columns: Number, // of the table
  },
  emits: ["done"], // with whether it is saved
  setup(props, { emit }) {
    const balance = ref(decimal(props.entry.balance));
    const date = ref(props.entry.date);
    const problem = ref(""); // what is wrong with the values
    const wrong = ref(""); // which of them
    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    onMounted(() => field.value.select());
    watch([balance, date], () => (problem.value = wrong.value = ""));

    function refuse(name, reason) {
      problem.value = reason;
      wrong.value = name;
      (name === "date" ? day : field).value.focus();
    }

    async function save() {
      if (account.pending) return;
      const values = { date: date.value };
      try {
        values.balance = readRand(balance.value);
      } catch ({ message }) {
        return refuse("balance", message);
      }
      if (!day.value.validity.valid) {
        return refuse("date", "Write a whole date from 1900 to today.");
      }
      try {
        await act(() => api.change(props.entry.id, values));
      } catch ({ message }) {
        problem.value = message;
        return;
      }
      tell(`Changed to ${words(values)}`);
      emit("done", true);
    }
    return { account, balance, date, fullDate, problem, save, wrong };
  },
  template: /* html */ `
    <tr class="editor" @keydown.esc="$emit('done', false)">
      <td class="date">
        <input ref="day" v-model="date" form="editor" type="date" min="1900-01-01" :max="account.today" required aria-label="Date"
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
          <p id="editor-error" class="error" role="alert">{{ problem }}</p>
          <button type="button" class="quiet" @click="$emit('done', false)">Cancel</button>
          <button class="main" :aria-disabled="account.pending">{{ account.pending ? "Saving…" : "Save" }}</button>
        </form>
      </td>
    </tr>
  `,
};
