/* A row while its balance and date are changed: Enter saves, Escape leaves it as it was. */
import { account } from "./account.js";
import { addStep, words } from "./activity.js";
import { decimal, fullDate, readRand } from "./format.js";
import { send } from "./outbox.js";
import { onMounted, ref, useTemplateRef, watch } from "./vue.js";

export const TableEditor = {
  props: {
    entry: Object,
    columns: Number, // of the table
  },
  emits: ["done"], // with whether it is saved
  setup(props, { emit }) {
    const before = { date: props.entry.date, balance: props.entry.balance };
    const balance = ref(decimal(before.balance));
    const date = ref(before.date);
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

    /* Save what was changed, and no more: another tab may have changed the rest. */
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
      const changed = Object.keys(values).filter((name) => values[name] !== before[name]);
      if (!changed.length) return emit("done");
      const only = (all) => Object.fromEntries(changed.map((name) => [name, all[name]]));
      const { id } = props.entry;
      const step = { said: `Changed ${words(before)}`, call: "change", id, values: only(before), made: only(values) };
      addStep(step);
      try {
        await send({ call: "change", id, values: step.made, name: words({ ...before, ...step.made }), step });
      } catch ({ message }) {
        problem.value = message;
        return;
      }
      emit("done", true);
    }

    function press(event) {
      if (event.isComposing) {
        if (event.key === "Enter") event.preventDefault(); // it ends the composition, no more
      } else if (event.key === "Escape") {
        emit("done");
      }
    }
    return { account, balance, date, fullDate, press, problem, save, wrong };
  },
  template: /* html */ `
    <tr class="editor" @keydown="press">
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
          <button type="button" class="quiet" @click="$emit('done')">Cancel</button>
          <button class="main" :aria-disabled="account.pending">{{ account.pending ? "Saving…" : "Save" }}</button>
        </form>
      </td>
    </tr>
  `,
};
