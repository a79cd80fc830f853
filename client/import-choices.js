/* How a statement is read, as choices that can be changed. */
import { computed } from "./vue.js";

const ORDERS = { dmy: "Day, month, year", mdy: "Month, day, year", ymd: "Year, month, day" };
const DECIMALS = { ".": "Point (1,234.56)", ",": "Comma (1 234,56)" };
const EACH = { day: "One a day: the last", row: "Every row" };

/* The selects of some choices, or of one. */
export const ImportChoices = {
  props: {
    reading: Object, // how the file was read, where it could be
    columns: Array,
    accounts: Array, // those that the file names
    choices: Object, // what the user has chosen so far
    errors: Array, // why the file was refused
    only: String, // the one that is shown
    except: { type: Array, default: () => [] }, // those that are shown elsewhere
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
      const all = [];
      if (props.accounts.length > 1) {
        all.push(["account", "Account", valueOf("account"), props.accounts.map((name) => [name, name])]);
      }
      if (numbered.length) {
        all.push(
          ["date_column", "Date column", numberOf("date_column"), numbered],
          ["balance_column", "Balance column", numberOf("balance_column"), numbered],
          ["date_order", "Date order", valueOf("date_order"), Object.entries(ORDERS)],
          ["decimal", "Decimal sign", valueOf("decimal"), Object.entries(DECIMALS)],
        );
      }
      if (props.reading || numbered.length) all.push(["each", "Balances", valueOf("each"), Object.entries(EACH)]);
      return all.filter(([name]) => (props.only ? name === props.only : !props.except.includes(name)));
    });

    const isRefused = (name) => props.errors.some(({ field, line }) => !line && name.startsWith(field));

    /* Say what no value means. */
    function without(name) {
      if (props.reading && name === "balance_column") return "None: counted from the amounts";
      return isRefused(name) ? "Choose…" : "As the file tells";
    }
    return { fields, isRefused, without };
  },
  template: /* html */ `
    <fieldset v-if="fields.length" class="reading" :disabled="locked">
      <legend v-if="!only" class="unseen">How the file {{ reading ? "was" : "can be" }} read</legend>
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
