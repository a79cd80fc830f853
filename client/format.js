/* Amounts and dates: how they are written, each one way on the whole page, and how amounts are read and
 * calculated with. Amounts stay decimal strings, exact to the last digit; dates are "2026-11-25". */
const MONTHS = "January February March April May June July August September October November December".split(" ");
export const SHORT_MONTHS = MONTHS.map((name) => name.slice(0, 3));
export const FIRST_DAY = "1900-01-01"; // of a balance
const WEEKDAYS = "Sun Mon Tue Wed Thu Fri Sat".split(" ");
const UNITS = [
  ["day", 86400],
  ["h", 3600],
  ["min", 60],
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

/* A change as it is written is a "gain", a "loss", or "". */
export const kindOf = (change) => ({ "+": "gain", "−": "loss" })[change[0]] ?? "";

/* "2026-11-05" is 5 Nov. */
export function dayAndMonth(date) {
  const [, month, day] = date.split("-").map(Number);
  return `${day} ${SHORT_MONTHS[month - 1]}`;
}

/* "2026-11-05" is 5 Nov 2026. */
export const fullDate = (date) => `${dayAndMonth(date)} ${date.slice(0, 4)}`;

/* "2026-11-05" is 5 Nov during 2026, and 5 Nov 2026 in any other year. */
export const shortDate = (date, today) => (date.slice(0, 4) === today.slice(0, 4) ? dayAndMonth(date) : fullDate(date));

/* "2026-11-05" is November 2026. */
export const monthName = (date) => `${MONTHS[date.slice(5, 7) - 1]} ${date.slice(0, 4)}`;

/* "2026-11-05" is Thu. */
export const weekday = (date) => WEEKDAYS[new Date(date).getUTCDay()];

/* 90 seconds are "1 min ago". */
export function ago(seconds) {
  if (seconds < 60) return "just now";
  const [unit, length] = UNITS.find(([, length]) => seconds >= length);
  const count = Math.floor(seconds / length);
  return `${count}\u00a0${unit}${unit === "day" && count > 1 ? "s" : ""} ago`;
}

/* A moment in ms is "29 Nov 2026, 14:05", by this device's clock. */
export const moment = (ms) => new Date(ms).toLocaleString("en-ZA", { dateStyle: "medium", timeStyle: "short" });

/* 1 is "1 balance", 2 are "2 balances". */
export const counted = (number, one = "balance", more = `${one}s`) => `${number} ${number === 1 ? one : more}`;

/* Amounts as people type and paste them: "1234.5", "1 234,56", "R1,234.56 Cr", "(50.00)", "50.00-". They
 * are read as in a statement; what could mean two things is refused, never guessed. */
const SHAPE = /^([^\d.,]*)([.,]?\d[\d\s.,'’]*)(\D*)$/;
const BEFORE = /^(?:[-+(]?(?:zar|r)?|(?:zar|r)[-+(])$/;
const AFTER = /^(?:zar|r)?[-+]?\)?(?:zar|r)?(?:(?:dr|db|dt|cr|kt)\.?)?$/;
const NUMBERS = [
  /^(\d*|[1-9]\d{0,2}(?:([\s'’,])\d{3})(?:\2\d{3})*)(?:\.(\d*))?$/, // 1,234.56
  /^(\d*|[1-9]\d{0,2}(?:([\s'’.])\d{3})(?:\2\d{3})*)(?:,(\d*))?$/, // 1.234,56
];
const AMBIGUOUS = /^[1-9]\d{0,2}[.,]\d{3}$/;

/* An Error about a field. */
export const refusal = (reason, field = "balance") => Object.assign(new Error(reason), { errors: [{ field }] });

/* Return an Error that says what is wrong with a date field, by its `validity`; null if nothing is. */
export function wrongDate({ rangeUnderflow, rangeOverflow, valid }) {
  if (valid) return null;
  if (rangeUnderflow) return refusal("The date is before 1900: write the whole year.", "date");
  if (rangeOverflow) return refusal("The date lies in the future.", "date");
  return refusal("Write the whole date.", "date");
}

/* Return the plain decimal that was meant; throw an Error that says what is wrong with it, in the
 * API's words. */
export function readRand(text) {
  const typed = text.trim();
  if (!typed) throw refusal("Enter a balance in rand, such as 1234.56.");
  const quoted = `“${typed.length > 40 ? `${typed.slice(0, 40)}…` : typed}”`;
  const noAmount = refusal(`${quoted} is no plain amount of rand, such as 1234.56 or -50.`);
  const [, before, number, after] = SHAPE.exec(typed.replace(/[−–‐‑‒]/g, "-").replace(/\s/g, " ")) ?? [];
  if (number === undefined) throw noAmount;
  const amount = number.trim();
  const negative = isNegative(...[before, after].map((part) => part.replace(/\s/g, "").toLowerCase()));
  const found = NUMBERS.map((form) => form.exec(amount)).find(Boolean);
  if (negative === null || !found) throw noAmount;
  if (AMBIGUOUS.test(amount)) {
    const cents = amount.replace(/.(\d{2})\d$/, ".$1");
    const whole = amount.replace(/[.,]/, "");
    throw refusal(`${amount} could mean ${whole} rand or ${cents} rand: write one of them.`);
  }
  const [whole, cents] = [found[1].replace(/\D/g, "").replace(/^0+(?=\d)/, "") || "0", found[3] ?? ""];
  if (cents.length > 2) throw refusal(`${quoted} has ${cents.length} decimals: a balance has at most 2.`);
  if (whole.length > 12) throw refusal(`${quoted} is too large: a balance is at most 999999999999.99.`);
  const plain = `${whole}.${cents.padEnd(2, "0")}`;
  return negative && Number(plain) ? `-${plain}` : plain;
}

/* Tell whether what stands before and after an amount makes it an overdraft; null where it is no sign
 * of one amount, as in "--5" and "-5 Cr". */
function isNegative(before, after) {
  if (!BEFORE.test(before) || !AFTER.test(after)) return null;
  const count = (sign) => (before + after).split(sign).length - 1;
  const signs = count("-") + count("(") + count("+");
  const negative = signs > count("+") || /d[rbt]/.test(after);
  const contradicts = signs > 1 || (negative && (count("+") > 0 || /cr|kt/.test(after)));
  return count("(") !== count(")") || contradicts ? null : negative;
}

/* "5.00" minus "7.50" is "-2.50": exact, for two decimal strings with as many decimals. */
export function minus(amount, other) {
  const decimals = amount.split(".")[1].length;
  const units = BigInt(amount.replace(".", "")) - BigInt(other.replace(".", ""));
  const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
  return `${units < 0n ? "-" : ""}${digits.slice(0, -decimals)}.${digits.slice(-decimals)}`;
}

/* "1234.56" at a price of "996264.86" is "0.00123919" bitcoin: rounded half-even, as on the server. */
export function inBitcoin(amount, price) {
  const rand = BigInt(amount.replace(".", "")) * 10n ** BigInt(price.split(".")[1].length);
  const scaled = (rand < 0n ? -rand : rand) * 10n ** 6n; // from cents to satoshi
  const divisor = BigInt(price.replace(".", ""));
  let satoshi = scaled / divisor;
  const twice = (scaled % divisor) * 2n;
  if (twice > divisor || (twice === divisor && satoshi % 2n)) satoshi += 1n;
  const digits = String(satoshi).padStart(9, "0");
  return `${rand < 0n && satoshi ? "-" : ""}${digits.slice(0, -8)}.${digits.slice(-8)}`;
}
