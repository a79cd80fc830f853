/* The choices that a person made for a bank's file, kept in this browser by the file's header. */
import { keep, kept } from "./storage.js";

const MOST = 20; // headers that are kept
const KEPT = ["date_column", "balance_column", "date_order", "decimal", "each"];

const all = () => kept("localStorage", "readings", []);

/* Return the choices made for the last file with this header, null where there are none. */
export const chosenBefore = (columns) => all().find(({ header }) => header === columns.join("\t"))?.choices ?? null;

export function forgetChoices(columns) {
  const others = all().filter(({ header }) => header !== columns.join("\t"));
  keep("localStorage", "readings", others);
  return others;
}

/* Remember the choices; a file without a header is like any other with as many columns, so none. */
export function rememberChoices(columns, choices) {
  const made = Object.entries(choices).filter(([name]) => KEPT.includes(name));
  if (!made.length || !columns.length || columns[0] === "Column 1") return;
  const latest = { header: columns.join("\t"), choices: Object.fromEntries(made) };
  keep("localStorage", "readings", [latest, ...forgetChoices(columns)].slice(0, MOST));
}
