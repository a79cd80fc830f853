/* What the chart shows, and its scales: one balance a day, within a range that ends today; round levels
 * for amounts, days and months for time. */
import { dayAndMonth, decimal, SHORT_MONTHS } from "./format.js";

/* The ranges, and how many months each goes back. */
export const RANGES = { "1M": 1, "3M": 3, "6M": 6, "1Y": 12, All: Infinity };

const STEPS = [1, 2, 2.5, 5];
const UNITS = [
  [1e12, "tn"],
  [1e9, "bn"],
  [1e6, "m"],
  [1e3, "k"],
];
const STRIDES = [1, 2, 3, 6, 12, 24, 60, 120, 240]; // months from one label to the next
const DAY = 86400000; // ms

/* Of entries in order, return each day's last. */
export const byDay = (entries) => entries.filter(({ date }, n) => entries[n + 1]?.date !== date);

/* "2026-03-31", one month earlier, is "2026-02-28". */
function monthsBefore(date, months) {
  const [year, month, day] = date.split("-").map(Number);
  const last = new Date(Date.UTC(year, month - months, 0)).getUTCDate(); // of that month
  const moved = new Date(Date.UTC(year, month - 1 - months, Math.min(day, last)));
  return moved.toISOString().slice(0, 10);
}

/* Return the days of a range. It begins with the balance that was carried into it, and has at least the
 * last two days, so that there is a change to tell. */
export function within(range, days, today) {
  const months = RANGES[range];
  if (months === Infinity) return days;
  const start = monthsBefore(today, months);
  const carried = days.findLastIndex(({ date }) => date <= start);
  return days.slice(Math.max(0, Math.min(carried, days.length - 2)));
}

/* Of the days in a range, return the first with a value in this unit ("rand" or "bitcoin"), which
 * the last is compared with; null where the last is the only one. */
export function basis(ranged, unit) {
  const isKnown = ({ btc_then }) => unit === "rand" || btc_then !== null;
  return ranged.slice(0, -1).find(isKnown) ?? null;
}

/* Return round levels around numbers: `low`, `high`, the `step` between them (at least `smallest`),
 * and all of them in `levels`, which are up to `most` steps. */
export function niceScale(values, smallest, most) {
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (low === high) {
    [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  }
  let power = 10 ** Math.floor(Math.log10(Math.max(smallest, (high - low) / most)));
  for (; ; power *= 10) {
    for (const factor of STEPS) {
      const step = factor * power;
      const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
      if (step < smallest || last - first > most) continue;
      const levels = Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
      return { low: first * step, high: last * step, step, levels };
    }
  }
}

/* Write a level with as many decimals as the step has; from `compactFrom` on in thousands or more. */
export function levelLabel(value, step, currency, compactFrom) {
  const [unit, letter] = UNITS.find(([unit]) => Math.abs(value) >= unit && unit >= compactFrom) ?? [1, ""];
  let decimals = 0;
  while (decimals < 8 && !nearlyWhole((step / unit) * 10 ** decimals)) decimals++;
  if (currency && unit === 1 && decimals === 1) decimals = 2; // cents
  return (value < 0 ? "−" : "") + currency + decimal(Math.abs(value / unit).toFixed(decimals)) + letter;
}

const nearlyWhole = (number) => Math.abs(number / Math.round(number) - 1) < 1e-6;

/* Return where time is labelled: `time`, `label`, and whether `bold`. There is room for so many `days`
 * or `months`; days where fewer than two months might start. */
export function timeTicks(from, to, { days, months }) {
  return to - from < 62 * DAY ? dayTicks(from, to, days) : monthTicks(from, to, months);
}

function dayTicks(from, to, count) {
  const step = Math.max(1, Math.ceil((to - from) / DAY / count)) * DAY;
  const ticks = [];
  for (let time = to; time >= from; time -= step) {
    ticks.unshift({ time, label: dayAndMonth(new Date(time).toISOString().slice(0, 10)) });
  }
  return ticks;
}

function monthTicks(from, to, count) {
  const months = (time) => new Date(time).getUTCFullYear() * 12 + new Date(time).getUTCMonth();
  const [first, last] = [months(from - 1) + 1, months(to)];
  const stride = STRIDES.find((stride) => (last - first) / stride < count) ?? STRIDES.at(-1);
  const ticks = [];
  for (let month = Math.ceil(first / stride) * stride; month <= last; month += stride) {
    const [year, ofYear] = [Math.floor(month / 12), month % 12];
    const label = ofYear ? SHORT_MONTHS[ofYear] : String(year);
    ticks.push({ time: Date.UTC(year, ofYear), label, bold: ofYear === 0 });
  }
  return ticks;
}
