/* The chart: where the entries, levels and days lie, and which entry is pointed at. Drawn as SVG
 * by index.html, so that style.css alone decides how it looks: dark, forced colours, on paper. */
import { bitcoin, rand } from "./format.js";

const HEIGHT = 240; // px, as in style.css
const TOP = 12; // px kept free above the line, below it for the days, and beside it for its dots
const BOTTOM = 32;
const SIDE = 8;
const LEVEL = 48; // px from one level to the next, at least
const LETTER = 0.44; // em, the width of one in a label, about
const DAY = 8.75; // em from one labelled day to the next, at least
const DOTS = 60; // up to so many entries are marked one by one

/* Follow a ref of entries, in order, in a ref to the element that the chart fills. */
export function useChart(entries, plot) {
  const { computed, reactive, ref, watch } = Vue;
  const em = parseFloat(getComputedStyle(document.documentElement).fontSize); // px
  const unit = ref("balance"); // or "btc"
  const width = ref(0);
  const index = ref(-1); // of the entry that is pointed at

  const times = computed(() => entries.value.map(({ date }) => Date.parse(date)));
  const series = computed(() => {
    const names = unit.value === "balance" ? ["balance"] : ["btc", "btc_then"];
    return names.map((name) => ({ name, values: entries.value.map((entry) => entry[name]) }));
  });

  /* From top to bottom: rand or bitcoin. */
  const scale = computed(() =>
    niceScale(
      series.value.flatMap(({ values }) => values),
      unit.value === "balance" ? 0.01 : 1e-8,
    ),
  );
  const y = computed(() => {
    const { low, height } = scale.value;
    return (value) => HEIGHT - BOTTOM - ((value - low) / height) * (HEIGHT - TOP - BOTTOM);
  });
  const levels = computed(() => {
    const { ticks, digits } = scale.value;
    const style =
      unit.value === "balance"
        ? { style: "currency", currency: "ZAR", minimumFractionDigits: digits && 2 }
        : { minimumFractionDigits: digits };
    const format = new Intl.NumberFormat("en-ZA", { ...style, maximumFractionDigits: digits && 8 });
    return ticks.map((value) => ({ y: y.value(value), label: format.format(value) }));
  });

  /* From left to right: time. */
  const left = computed(
    () => SIDE + LETTER * em * Math.max(...levels.value.map(({ label }) => label.length)),
  );
  const from = computed(() => times.value[0]);
  const span = computed(() => times.value.at(-1) - from.value);
  const across = computed(() => Math.max(width.value - left.value - SIDE, 0));
  const x = computed(() => {
    const [start, first] = [left.value, from.value];
    const scale = span.value ? across.value / span.value : 0;
    const middle = span.value ? 0 : across.value / 2;
    return (time) => start + middle + (time - first) * scale;
  });
  const days = computed(() => {
    const count = Math.max(1, Math.floor(across.value / (DAY * em)));
    const labels = new Set();
    for (let number = 0; number <= count; number++) {
      const time = new Date(from.value + (span.value * number) / count);
      labels.add(time.toISOString().slice(0, 10));
    }
    return [...labels].map((label) => ({ label, x: x.value(Date.parse(label)) }));
  });

  const lines = computed(() =>
    series.value.map(({ name, values }) => {
      const points = [];
      for (const [number, value] of values.entries()) {
        if (value !== null) points.push([x.value(times.value[number]), y.value(value)]);
      }
      const few = points.length <= DOTS;
      const drawn = (few ? points : thinned(points)).map(
        ([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`,
      );
      return {
        name,
        path: drawn.length ? `M${drawn.join("L")}` : "",
        dots: few ? drawn.map((point) => `M${point}h0`).join("") : "",
      };
    }),
  );

  const readout = computed(() => {
    const entry = entries.value[index.value];
    if (!entry) {
      const [first, last] = [entries.value[0].date, entries.value.at(-1).date];
      return first === last ? first : `${first} to ${last}`;
    }
    if (unit.value === "balance") return `${entry.date}: ${rand(entry.balance)}`;
    const then = entry.btc_then === null ? "" : `, ${bitcoin(entry.btc_then)} when recorded`;
    return `${entry.date}: ${bitcoin(entry.btc)} BTC now${then}`;
  });
  const cursor = computed(() => {
    const value = series.value[0].values[index.value];
    if (!value) return null;
    return { transform: `translate(${x.value(times.value[index.value])}px, ${y.value(value)}px)` };
  });

  /* Point at the entry that is nearest to the mouse or the finger. */
  function point({ clientX }) {
    const at = clientX - plot.value.getBoundingClientRect().left - left.value;
    const time = from.value + (at / across.value) * span.value;
    const after = Math.min(firstAfter(times.value, time), times.value.length - 1);
    const previous = Math.max(after - 1, 0);
    const nearer = time - times.value[previous] < times.value[after] - time;
    index.value = nearer ? previous : after;
  }

  /* Point at none, but keep what a finger has found when it is lifted. */
  function leave({ pointerType }) {
    if (pointerType !== "touch") index.value = -1;
  }

  const resized = new ResizeObserver(([{ contentRect }]) => (width.value = contentRect.width));
  watch(plot, (element) => {
    resized.disconnect();
    if (element) resized.observe(element);
  });
  const last = computed(() => entries.value.length - 1);
  watch(last, (newest) => {
    index.value = plot.value?.contains(document.activeElement) ? newest : -1;
  });
  watch(
    () => entries.value.at(-1)?.btc === null, // no rate any more
    (none) => none && (unit.value = "balance"),
    { flush: "sync" },
  );
  return reactive({
    unit,
    width,
    height: HEIGHT,
    index,
    last,
    left,
    levels,
    days,
    lines,
    readout,
    cursor,
    point,
    leave,
  });
}

/* A scale that holds all the decimal strings (null is none) between ticks at round numbers, which
 * are a unit apart at least. */
function niceScale(values, smallest) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low === high) [low, high] = [low - (Math.abs(low) || 1), high + (Math.abs(high) || 1)];
  const least = Math.max(smallest, ((high - low) * LEVEL) / (HEIGHT - TOP - BOTTOM));
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((factor) => factor * power >= least);
  const first = Math.floor(low / step);
  const count = Math.ceil(high / step) - first;
  return {
    low: first * step,
    height: count * step,
    ticks: Array.from({ length: count + 1 }, (_, number) => (first + number) * step),
    digits: Math.max(0, -Math.floor(Math.log10(step))),
  };
}

/* Of the points in each column of pixels the first, the lowest, the highest and the last: the line
 * through them covers what the line through all would. */
function thinned(points) {
  const result = [];
  let column = [];
  for (const [number, point] of points.entries()) {
    column.push(point);
    const next = points[number + 1];
    if (next && Math.floor(next[0]) === Math.floor(point[0])) continue;
    if (column.length > 4) {
      const heights = column.map(([, y]) => y);
      const [top, bottom] = [Math.min(...heights), Math.max(...heights)].map((y) =>
        heights.indexOf(y),
      );
      column = [0, Math.min(top, bottom), Math.max(top, bottom), column.length - 1].map(
        (at) => column[at],
      );
    }
    result.push(...column);
    column = [];
  }
  return result;
}

/* The place in an ordered list of the first number above `value`. */
function firstAfter(numbers, value) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] > value) high = middle;
    else low = middle + 1;
  }
  return low;
}
