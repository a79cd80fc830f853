/* How a statement is read, as choices that can be changed. */
import { computed } from "./vue.js";

const DATE_ORDERS = { dmy: "Day, month, year", mdy: "Month, day, year", ymd: "Year, month, day" };
const DECIMALS = { ".": "Point (1,234.56)", ",": "Comma (1 234,56)" };
const EACH = { day: "One a day: the last", row: "Every row" };

export const ImportChoices = {
  props: {
    reading: Object, // how the file was read, where it could be
    columns: Array,
    choices: Object, // what the user has chosen so far
    errors: Array, // why the file was refused
    locked: Boolean,
  },
  emits: ["choose"], // with one choice, such as { decimal: "," }
  setup(props) {
    /* The number of a column; the server may have read another one than was chosen. */
    function numberOf(name) {
      const chosen = props.choices[name];
      if (!props.reading) return chosen ?? "";
      if (chosen && props.columns[chosen - 1] === props.reading[name]) return chosen;
      return props.columns.indexOf(props.reading[name]) + 1 || "";
    }

    const valueOf = (name) => props.reading?.[name] ?? props.choices[name] ?? "";

    const fields = computed(() => {
      const numbered = props.columns.map((column, index) => [index + 1, column]);
      const each = ["each", "Balances", valueOf("each"), Object.entries(EACH)];
      if (!numbered.length) return props.reading ? [each] : []; // OFX says the rest itself
      return [
        ["date_column", "Date column", numberOf("date_column"), numbered],
        ["balance_column", "Balance column", numberOf("balance_column"), numbered],
        ["date_order", "Date order", valueOf("date_order"), Object.entries(DATE_ORDERS)],
        ["decimal", "Decimal sign", valueOf("decimal"), Object.entries(DECIMALS)],
        each,
      ];
    });

    const isRefused = (name) => props.errors.some(({ field, line }) => !line && name.startsWith(field));

    /* Say what no value means. */
    function without(name) {
      if (props.reading) return "None: counted from the amounts"; // a balance needs no column
      return isRefused(name) ? "Choose…" : "As the file tells";
    }
    return { fields, isRefused, without };
  },
  template: /* html */ `
    <fieldset v-if="fields.length" class="reading" :disabled="locked">
      <legend>How the file {{ reading ? "was" : "can be" }} read</legend>
      <p v-for="[name, label, value, options] in fields" :key="name">
        <label :for="name">{{ label }}</label>
        <select :id="name" :value="value" :aria-invalid="isRefused(name)"
                @change="$emit('choose', { [name]: $event.target.value })">
          <option v-if="value === ''" value="" disabled>{{ without(name) }}</option>
          <option v-for="[option, words] in options" :key="option" :value="option">{{ words }}</option>
        </select>
      </p>
    </fieldset>
  `,
};
