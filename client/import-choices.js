/* How a statement is read, as choices that can be changed. Those that were made for a bank's file are kept
 * in this browser by the file's header. */
import { keep, kept } from "./storage.js";
import { computed } from "./vue.js";

const MOST = 20; // headers that are kept
const KEPT = ["date_column", "balance_column", "date_order", "decimal", "each"];

const ORDERS = { dmy: "Day, month, year", mdy: "Month, day, year", ymd: "Year, month, day" };
const DECIMALS = { ".": "Point (1,234.56)", ",": "Comma (1 234,56)" };
const EACH = { day: "One a day: the last", row: "Every row" };

const headerOf = (columns) => columns.join("\t");
const keptReadings = () => kept("localStorage", "readings", []);

/* Return the choices made for the last file with this header, null where there are none. */
export const chosenBefore = (columns) =>
  keptReadings().find(({ header }) => header === headerOf(columns))?.choices ?? null;

/* Remember the choices made for a file with this header, or none. */
export function rememberChoices(columns, choices) {
  const made = Object.entries(choices).filter(([name]) => KEPT.includes(name));
  const readings = keptReadings().filter(({ header }) => header !== headerOf(columns));
  // A file without a header is like any other with as many columns.
  const known = columns.length && columns[0] !== "Column 1";
  if (made.length && known) readings.unshift({ header: headerOf(columns), choices: Object.fromEntries(made) });
  keep("localStorage", "readings", readings.slice(0, MOST));
}

/* The selects of some choices, or of one. */
export const ImportChoices = {
  props: {
    file: Object, // see import-dialog.js
    only: String, // the one that is shown
    except: { type: Array, default: () => [] }, // those that are shown elsewhere
  },
  emits: ["choose"], // with one choice, such as { decimal: "," }
  setup(props) {
    const reading = computed(() => props.file.reading);
    const valueOf = (name) => reading.value?.[name] ?? props.file.choices[name] ?? "";

    /* The number of a column; the server may have read another one than was chosen. */
    function numberOf(name) {
      const { columns, choices } = props.file;
      const chosen = choices[name] ?? "";
      if (!reading.value || (chosen && columns[chosen - 1] === reading.value[name])) return chosen;
      return columns.indexOf(reading.value[name]) + 1 || "";
    }

    const fields = computed(() => {
      const { columns, accounts } = props.file;
      const numbered = columns.map((column, index) => [index + 1, column]);
      const named = accounts.map((name) => [name, name]);
      const all = [];
      if (named.length > 1) all.push(["account", "Account", valueOf("account"), named]);
      if (numbered.length) {
        all.push(
          ["date_column", "Date column", numberOf("date_column"), numbered],
          ["balance_column", "Balance column", numberOf("balance_column"), numbered],
          ["date_order", "Date order", valueOf("date_order"), Object.entries(ORDERS)],
          ["decimal", "Decimal sign", valueOf("decimal"), Object.entries(DECIMALS)],
        );
      }
      if (reading.value || numbered.length) all.push(["each", "Balances", valueOf("each"), Object.entries(EACH)]);
      return all.filter(([name]) => (props.only ? name === props.only : !props.except.includes(name)));
    });

    const isRefused = (name) =>
      !reading.value && props.file.problem?.errors.some(({ field, line }) => !line && name.startsWith(field));

    /* Say what no value means. */
    function without(name) {
      if (reading.value && name === "balance_column") return "None: counted from the amounts";
      return isRefused(name) ? "Choose…" : "As the file tells";
    }
    return { fields, isRefused, reading, without };
  },
  template: /* html */ `
    <fieldset v-if="fields.length" class="reading" :disabled="file.busy === 'adding'">
      <legend v-if="!only" class="unseen">How the file {{ reading ? "was" : "can be" }} read</legend>
      <p v-for="[name, label, value, options] in fields" :key="name">
        <label :for="name">{{ label }}</label>
        <select :id="name" :value="value" :aria-invalid="Boolean(isRefused(name))"
                @change="$emit('choose', { [name]: $event.target.value })">
          <option v-if="value === ''" value="" disabled>{{ without(name) }}</option>
          <option v-for="[option, words] in options" :key="option" :value="option">{{ words }}</option>
        </select>
      </p>
    </fieldset>
  `,
};
