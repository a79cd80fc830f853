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
  const y = (value) =>
    HEIGHT - BOTTOM - ((value - scale.value.low) / scale.value.height) * (HEIGHT - TOP - BOTTOM);
  const levels = computed(() => {
    const { ticks, digits } = scale.value;
    const style =
      unit.value === "balance"
        ? { style: "currency", currency: "ZAR", minimumFractionDigits: digits && 2 }
        : { minimumFractionDigits: digits };
    const format = new Intl.NumberFormat("en-ZA", { ...style, maximumFractionDigits: digits && 8 });
    return ticks.map((value) => ({ y: y(value), label: format.format(value) }));
  });

  /* From left to right: time. */
  const left = computed(
    () => SIDE + LETTER * em * Math.max(...levels.value.map(({ label }) => label.length)),
  );
  const from = computed(() => times.value[0]);
  const span = computed(() => times.value.at(-1) - from.value);
  const across = computed(() => Math.max(width.value - left.value - SIDE, 0));
  const x = (time) =>
    left.value + across.value * (span.value ? (time - from.value) / span.value : 0.5);
  const days = computed(() => {
    const count = Math.max(1, Math.floor(across.value / (DAY * em)));
    const labels = new Set();
    for (let number = 0; number <= count; number++) {
      const time = new Date(from.value + (span.value * number) / count);
      labels.add(time.toISOString().slice(0, 10));
    }
    return [...labels].map((label) => ({ label, x: x(Date.parse(label)) }));
  });

  const lines = computed(() =>
    series.value.map(({ name, values }) => {
      const points = values.flatMap((value, number) =>
        value === null ? [] : `${x(times.value[number]).toFixed(1)} ${y(value).toFixed(1)}`,
      );
      return {
        name,
        path: points.length ? `M${points.join("L")}` : "",
        dots: points.length <= DOTS ? points.map((point) => `M${point}h0`).join("") : "",
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
    return { transform: `translate(${x(times.value[index.value])}px, ${y(value)}px)` };
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
  watch(last, () => (index.value = -1));
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
