/* The search: "20/11/2026", "2026-11-20", "20 Nov 2026", "november", "1 234,56" and parts of them. */
import { readRand } from "./amount.js";
import { dayAndMonth, monthName } from "./format.js";

/* How a date may be written, in one text. */
function written(date) {
  const [year, month, day] = date.split("-");
  const [monthNumber, dayNumber] = [Number(month), Number(day)];
  const numbers = `${year}/${month}/${day} ${day}/${month}/${year} ${dayNumber}/${monthNumber}/${year}`;
  return `${numbers} ${dayAndMonth(date)} ${year} ${dayNumber} ${monthName(date)}`.toLowerCase();
}

/* Return a function that tells whether an entry is what is searched for. */
export function matcher(query) {
  const text = query.trim().toLowerCase().replace(/\s+/g, " ");
  const date = text.replace(/[-.]/g, "/");
  const amount = text.replace(/[\sr]/g, "").replace("−", "-").replace(",", ".");
  const exact = amountIn(query);
  return ({ date: day, balance }) =>
    written(day).includes(date) ||
    (/\d/.test(amount) && balance.includes(amount)) ||
    balance === exact;
}

function amountIn(text) {
  try {
    return readRand(text);
  } catch {
    return null;
  }
}
