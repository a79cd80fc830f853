/* Formatting: amounts stay decimal strings, exact to the last digit; dates are "2026-11-25". Each is
 * written one way on the whole page. */
const MONTHS = [
  ...["January", "February", "March", "April", "May", "June", "July"],
  ...["August", "September", "October", "November", "December"],
];
const WEEKDAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const UNITS = [
  ["day", 86400],
  ["h", 3600],
  ["min", 60],
  ["s", 1],
];

const sign = (amount) => (amount.startsWith("-") ? "−" : "");
const plus = (amount) => (/[1-9]/.test(amount) ? sign(amount) || "+" : "");

/* "-1234.50" is 1 234,50. */
function unsigned(amount) {
  const [whole, part] = amount.replace("-", "").split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return grouped + (part ? `,${part}` : "");
}

/* "-1234.50" is −1 234,50; "0.00120000" is 0,00120000. */
export const decimal = (amount) => sign(amount) + unsigned(amount);

/* "-1234.50" is −R 1 234,50. */
export const rand = (amount) => `${sign(amount)}R\u00a0${unsigned(amount)}`;

/* "5.00" is +R 5,00. */
export const randChange = (amount) => `${plus(amount)}R\u00a0${unsigned(amount)}`;

/* "0.00120000" is +0,00120000 BTC. */
export const bitcoinChange = (amount) => `${plus(amount)}${unsigned(amount)}\u00a0BTC`;

/* From "80" to "100" is +25,0 %; "" from nothing, of which everything is any per cent. */
export function percent(from, to) {
  if (!Number(from)) return "";
  const change = (((to - from) / Math.abs(from)) * 100).toFixed(1);
  return `${plus(change)}${unsigned(change)}\u00a0%`;
}

/* "2026-11-05" is 5 Nov. */
export function dayAndMonth(date) {
  const [, month, day] = date.split("-").map(Number);
  return `${day} ${MONTHS[month - 1].slice(0, 3)}`;
}

/* "2026-11-05" is 5 Nov 2026. */
export const fullDate = (date) => `${dayAndMonth(date)} ${date.slice(0, 4)}`;

/* "2026-11-05" is 5 Nov during 2026, and 5 Nov 2026 in any other year. */
export const shortDate = (date, today) =>
  date.slice(0, 4) === today.slice(0, 4) ? dayAndMonth(date) : fullDate(date);

/* "2026-11-05" is November 2026. */
export const monthName = (date) => `${MONTHS[date.slice(5, 7) - 1]} ${date.slice(0, 4)}`;

/* "2026-11-05" is Thu. */
export const weekday = (date) => WEEKDAYS[new Date(date).getUTCDay()];

/* 90 seconds are "1 min ago". */
export function ago(seconds) {
  if (seconds < 1) return "just now";
  const [unit, length] = UNITS.find(([, length]) => seconds >= length);
  const count = Math.floor(seconds / length);
  return `${count}\u00a0${unit}${unit === "day" && count > 1 ? "s" : ""} ago`;
}

/* 1 is "1 balance". */
export const counted = (number) => `${number} ${number === 1 ? "balance" : "balances"}`;
