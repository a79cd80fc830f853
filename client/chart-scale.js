/* The chart's scales: round levels for amounts, days and months for time, and fewer points where
 * many fall on one pixel. */
const STEPS = [1, 2, 2.5, 5, 10];
const UNITS = [
  [1e12, "tn"],
  [1e9, "bn"],
  [1e6, "m"],
  [1e3, "k"],
];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const STRIDES = [1, 2, 3, 6, 12, 24, 60, 120, 240]; // months from one label to the next
const DAY = 86400000; // ms

/* Return round levels around numbers: `low`, `high`, the `step` between them (at least `smallest`),
 * and all of them in `levels`, which are up to `most` steps. */
export function niceScale(values, smallest, most) {
  let low = Math.min(...ends(values));
  let high = Math.max(...ends(values));
  if (low === high)
    [low, high] = [low - (Math.abs(low) * 0.1 || 1), high + (Math.abs(high) * 0.1 || 1)];
  let power = 10 ** Math.floor(Math.log10(Math.max(smallest, (high - low) / most)));
  for (; ; power *= 10) {
    for (const factor of STEPS.slice(0, -1)) {
      const step = factor * power;
      const [first, last] = [Math.floor(low / step), Math.ceil(high / step)];
      if (step < smallest || last - first > most) continue;
      const levels = Array.from({ length: last - first + 1 }, (_, n) => (first + n) * step);
      return { low: first * step, high: last * step, step, levels };
    }
  }
}

function ends(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/* Write a level with as many decimals as the step has; from `compactFrom` on in thousands or more. */
export function levelLabel(value, step, currency, compactFrom) {
  const [unit, letter] = UNITS.find(([unit]) => Math.abs(value) >= unit && unit >= compactFrom) ?? [
    1,
    "",
  ];
  let decimals = 0;
  while (decimals < 8 && !nearlyWhole((step / unit) * 10 ** decimals)) decimals++;
  if (currency && unit === 1 && decimals === 1) decimals = 2; // cents
  const [whole, part] = Math.abs(value / unit)
    .toFixed(decimals)
    .split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return (value < 0 ? "−" : "") + currency + grouped + (part ? `,${part}` : "") + letter;
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
    const date = new Date(time);
    ticks.unshift({ time, label: `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]}` });
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
    const label = ofYear ? MONTHS[ofYear] : String(year);
    ticks.push({ time: Date.UTC(year, ofYear), label, bold: ofYear === 0 });
  }
  return ticks;
}

/* Of the points in each column of pixels keep the first, the lowest, the highest and the last: the
 * line through them covers what the line through all would. */
export function thinned(points) {
  const result = [];
  let column = [];
  for (const [number, point] of points.entries()) {
    column.push(point);
    const next = points[number + 1];
    if (next && Math.floor(next[0]) === Math.floor(point[0])) continue;
    if (column.length > 4) {
      const heights = column.map(([, y]) => y);
      const extremes = [Math.min(...heights), Math.max(...heights)].map((y) => heights.indexOf(y));
      column = [0, ...extremes.sort((a, b) => a - b), column.length - 1].map((at) => column[at]);
    }
    result.push(...column);
    column = [];
  }
  return result;
}
