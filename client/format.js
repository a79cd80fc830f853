/* Formatting: amounts arrive and stay decimal strings, and are written as South Africans do. */
const randOptions = { style: "currency", currency: "ZAR" };
const randFormat = new Intl.NumberFormat("en-ZA", randOptions);
const randChangeFormat = new Intl.NumberFormat("en-ZA", {
  ...randOptions,
  signDisplay: "exceptZero",
});
const bitcoinFormat = new Intl.NumberFormat("en-ZA", { minimumFractionDigits: 8 });
const percentFormat = new Intl.NumberFormat("en-ZA", {
  style: "percent",
  minimumFractionDigits: 2,
  signDisplay: "exceptZero",
});
const momentFormat = new Intl.DateTimeFormat("en-ZA", { dateStyle: "long", timeStyle: "short" });
const ageFormat = new Intl.RelativeTimeFormat("en-ZA", { numeric: "auto" });
const UNITS = [
  ["day", 86400],
  ["hour", 3600],
  ["minute", 60],
];

/* "1234.5" is R 1 234,50. */
export const rand = (amount) => randFormat.format(amount);

/* "5.00" is +R 5,00. */
export const randChange = (amount) => randChangeFormat.format(amount);

/* "0.00120000" is 0,00120000; a dash where no rate is known. */
export const bitcoin = (amount) => (amount === null ? "–" : bitcoinFormat.format(amount));

/* From "0.00100000" to "0.00120000" is +20,00%; a dash where that says nothing. */
export function percent(then, now) {
  if (then === null || now === null || Number(then) === 0) return "–";
  return percentFormat.format((now - then) / Math.abs(then));
}

/* 1 is "1 balance". */
export const counted = (number) => `${number} ${number === 1 ? "balance" : "balances"}`;

/* An ISO timestamp, in the reader's own time zone. */
export const moment = (iso) => momentFormat.format(new Date(iso));

/* 90 seconds are "1 minute ago". */
export function age(seconds) {
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? [];
  return unit ? ageFormat.format(-Math.floor(seconds / length), unit) : "now";
}

/* A random UUID; `crypto.randomUUID` is missing where the page came over plain http. */
export function uuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
