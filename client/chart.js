/* The chart: an area of one balance a day, or of its bitcoin value at that day's own rate; what is
 * pointed at is read out. chart.css alone decides how it looks: dark, forced colours, on paper. */
import { account } from "./account.js";
import { levelLabel, niceScale, RANGES, timeTicks } from "./chart-scale.js";
import { decimal, fullDate, minus, rand, randChange, shortDate } from "./format.js";
import { computed, onMounted, onUnmounted, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

/* All px are of a page whose type has its usual size; the drawing is enlarged with the type. */
const TOP = 14; // px kept free above the highest level
const BOTTOM = 38; // below the lowest, for the labels of time
const RIGHT = 8; // for the dot of the newest balance
const NARROW = 480; // px of width, below which labels are short
const READOUT = 256; // px, the width of what is read out
const HIGH = 66; // px from the top within which it moves to the bottom

export const BalanceChart = {
  props: {
    ranged: Array, // one entry a day in the chosen range, oldest first
    unit: String, // "rand" or "bitcoin"
    range: String,
  },
  emits: ["update:unit", "update:range"],
  setup(props) {
    const plot = useTemplateRef("plot");
    const size = shallowRef({ width: 0, height: 0, enlarged: 1 }); // px, and how much the type is enlarged
    const index = ref(-1); // of the day that is pointed at
    const inRand = computed(() => props.unit === "rand");

    const times = computed(() => props.ranged.map(({ date }) => Date.parse(date)));
    const values = computed(() => props.ranged.map(({ balance, btc_then }) => (inRand.value ? balance : btc_then)));

    /* From bottom to top: rand or bitcoin. */
    const narrow = computed(() => size.value.width < NARROW);
    const known = computed(() => values.value.filter((value) => value !== null).map(Number));
    const scale = computed(() => {
      const smallest = inRand.value ? 0.01 : 1e-8;
      return niceScale(known.value.length ? known.value : [0], smallest, narrow.value ? 4 : 5);
    });
    const floor = computed(() => size.value.height - BOTTOM);
    const y = computed(() => {
      const { low, high } = scale.value;
      return (value) => floor.value - ((value - low) / (high - low)) * (floor.value - TOP);
    });
    const levels = computed(() => {
      if (!known.value.length) return [];
      const { levels, step } = scale.value;
      const currency = inRand.value && !narrow.value ? "R\u00a0" : "";
      const compactFrom = narrow.value ? 1e3 : 1e6;
      return levels.map((value) => ({
        y: Math.round(y.value(value)) + 0.5, // a sharp line
        zero: value === 0 && scale.value.low < 0,
        label: levelLabel(value, step, currency, compactFrom),
      }));
    });

    /* From left to right: time. */
    const left = computed(() => {
      const letters = Math.max(0, ...levels.value.map(({ label }) => label.length));
      return Math.max(narrow.value ? 42 : 58, letters * 6.5 + 6);
    });
    const right = computed(() => Math.max(size.value.width - RIGHT, left.value));
    const x = computed(() => {
      const [from, to] = [times.value[0], times.value.at(-1)];
      const across = right.value - left.value;
      return (time) => left.value + (to > from ? (time - from) / (to - from) : 0.5) * across;
    });
    const ticks = computed(() => {
      const months = Math.max(2, Math.floor((right.value - left.value) / (narrow.value ? 42 : 52)));
      const days = Math.min(months, narrow.value ? 4 : 5);
      const ticks = timeTicks(times.value[0], times.value.at(-1), { days, months });
      return ticks.map((tick) => ({ ...tick, x: x.value(tick.time) }));
    });

    /* The line, in stretches: each has values all along, and is of samples, up to one's own, or not. */
    const stretches = computed(() => {
      const result = [];
      let before = null; // the day before, where that has a value
      for (const [n, { sample }] of props.ranged.entries()) {
        const value = values.value[n];
        const point = value === null ? null : { x: x.value(times.value[n]), y: y.value(value), sample };
        const dashed = sample || Boolean(before?.sample);
        if (point && before && result.at(-1).sample === dashed) result.at(-1).points.push(point);
        else if (point) result.push({ sample: dashed, points: before ? [before, point] : [point] });
        before = point;
      }
      return result;
    });
    const zero = computed(() => {
      const { low, high } = scale.value;
      return y.value(Math.min(Math.max(low, 0), high));
    });
    const lines = computed(() =>
      stretches.value.map(({ sample, points }) => {
        const [start, end] = [points[0].x, points.at(-1).x];
        const line = points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
        const area = `M${line}V${zero.value}H${start}Z`;
        return { sample, line: `M${line}h0`, area, middle: (start + end) / 2 };
      }),
    );
    const bands = computed(() => {
      const edges = stretches.value.flatMap(({ points }) => [points[0].x, points.at(-1).x]);
      const all = [left.value, ...edges, right.value];
      const result = [];
      for (let n = 0; n < all.length; n += 2) {
        if (all[n + 1] - all[n] > 1) result.push({ x: all[n], width: all[n + 1] - all[n] });
      }
      return inRand.value || (last.value === 0 && edges.length) ? [] : result;
    });
    const end = computed(() => {
      const value = values.value.at(-1);
      return value === null || props.ranged.at(-1).sample
        ? null
        : { x: x.value(times.value.at(-1)), y: y.value(value) };
    });

    /* What is pointed at. */
    const last = computed(() => props.ranged.length - 1);
    const readout = computed(() => {
      const entry = props.ranged[index.value];
      if (!entry) return null;
      const at = x.value(times.value[index.value]);
      const value = values.value[index.value];
      const height = value === null ? null : y.value(value);
      const under = height !== null && height < TOP + HIGH;
      const [low, high] = [left.value, Math.max(left.value, size.value.width - READOUT)];
      const box = Math.min(Math.max(at - READOUT / 2, low), high);
      return { x: at, y: height, under, transform: `translateX(${box / 16}rem)`, ...told(entry) };
    });

    /* Tell of an entry. As in the table, it is compared with the one before, which may be of the same day. */
    function told(entry) {
      const date = fullDate(entry.date) + (entry.sample ? ", sample" : "");
      if (inRand.value) {
        const alike = account.balances.filter(({ sample }) => sample === entry.sample);
        const before = alike[alike.indexOf(entry) - 1];
        if (!before) return { value: rand(entry.balance), about: date };
        const since = before.date === entry.date ? "earlier that day" : shortDate(before.date, account.today);
        const change = randChange(minus(entry.balance, before.balance));
        return { value: rand(entry.balance), about: `${date} · ${change} since ${since}` };
      }
      if (entry.btc_then === null) return { value: "no rate", about: date };
      const rate = entry.rate_then ? ` at ${rand(entry.rate_then)}` : "";
      return { value: `${decimal(entry.btc_then)} BTC`, about: date + rate };
    }

    /* Point at the day that is nearest to the pointer or the finger. */
    function pick({ clientX }) {
      const at = (clientX - plot.value.getBoundingClientRect().left) / size.value.enlarged;
      const places = times.value.map(x.value);
      const after = Math.min(places.findLastIndex((place) => place <= at) + 1, last.value);
      const before = Math.max(after - 1, 0);
      index.value = at - places[before] < places[after] - at ? before : after;
    }

    /* Point at the newest, and show the chart: WebKit would leave half of it under the band. */
    function reach() {
      index.value = last.value;
      plot.value.scrollIntoView({ block: "nearest" });
    }

    /* Point at none, but keep what a finger has found when it is lifted. */
    function leave({ pointerType }) {
      if (pointerType !== "touch") index.value = -1;
    }

    const label = computed(() => {
      const [first, newest] = [props.ranged[0], props.ranged.at(-1)];
      const tell = (entry) => {
        const value = inRand.value ? rand(entry.balance) : entry.btc_then && `${decimal(entry.btc_then)} BTC`;
        return `${value ?? "an unknown value"} on ${shortDate(entry.date, account.today)}`;
      };
      return first === newest ? `${tell(first)}.` : `From ${tell(first)} to ${tell(newest)}.`;
    });

    const resized = new ResizeObserver(([{ contentRect }]) => {
      const enlarged = parseFloat(window.getComputedStyle(document.documentElement).fontSize) / 16;
      size.value = { width: contentRect.width / enlarged, height: contentRect.height / enlarged, enlarged };
    });
    onMounted(() => resized.observe(plot.value));
    onUnmounted(() => resized.disconnect());
    watch([() => props.ranged, () => props.unit], () => {
      index.value = plot.value?.contains(document.activeElement) ? last.value : -1;
    });

    return {
      RANGES,
      TOP,
      bands,
      end,
      floor,
      index,
      label,
      last,
      leave,
      left,
      levels,
      lines,
      pick,
      reach,
      readout,
      size,
      ticks,
      zero,
    };
  },
  template: /* html */ `
    <section class="chart card" aria-label="Chart">
      <div class="controls">
        <div class="segments" role="group" aria-label="Show the chart in">
          <button v-for="name in ['Rand', 'Bitcoin']" :key="name" type="button" :aria-pressed="name.toLowerCase() === unit"
                  @click="$emit('update:unit', name.toLowerCase())">{{ name }}</button>
        </div>
        <div class="pills" role="group" aria-label="Show the last">
          <button v-for="(_, name) in RANGES" :key="name" type="button" :aria-pressed="name === range"
                  @click="$emit('update:range', name)">{{ name }}</button>
        </div>
      </div>
      <div ref="plot" class="plot" @pointermove="pick" @pointerdown="pick" @pointerleave="leave">
        <svg v-if="size.width" role="img" :aria-label="label" :class="unit" :viewBox="'0 0 ' + size.width + ' ' + size.height">
          <defs>
            <linearGradient id="fade" gradientUnits="userSpaceOnUse" x1="0" :y1="TOP" x2="0" :y2="floor">
              <stop offset="0"></stop>
              <stop :offset="(zero - TOP) / (floor - TOP)" class="clear"></stop>
              <stop offset="1"></stop>
            </linearGradient>
          </defs>
          <g v-for="band in bands" :key="band.x" class="unknown">
            <rect :x="band.x" :y="TOP" :width="band.width" :height="floor - TOP"></rect>
            <text v-if="band.width > 54" :x="band.x + band.width / 2" :y="floor - 10">no rate</text>
          </g>
          <g v-for="level in levels" :key="level.label" class="level" :class="{ zero: level.zero }">
            <line :x1="left" :x2="size.width" :y1="level.y" :y2="level.y"></line>
            <text x="0" :y="level.y">{{ level.label }}</text>
          </g>
          <g v-for="tick in ticks" :key="tick.time" class="tick" :class="{ bold: tick.bold }">
            <line :x1="tick.x" :x2="tick.x" :y1="floor" :y2="floor + 5"></line>
            <text :x="Math.min(tick.x, size.width - 20)" :y="floor + 20">{{ tick.label }}</text>
          </g>
          <g v-for="(stretch, n) in lines" :key="n">
            <path v-if="!stretch.sample" class="area" :d="stretch.area"></path>
            <path class="line" :class="{ sample: stretch.sample }" :d="stretch.line"></path>
            <text v-if="stretch.sample" class="mark" :x="stretch.middle" :y="floor - 10">samples</text>
          </g>
          <circle v-if="end" class="end" :cx="end.x" :cy="end.y" r="4.5"></circle>
          <g v-if="readout" class="hair">
            <line :x1="readout.x" :x2="readout.x" :y1="TOP" :y2="floor"></line>
            <circle v-if="readout.y !== null" :cx="readout.x" :cy="readout.y" r="5.5"></circle>
          </g>
        </svg>
        <p v-if="readout" class="readout" :class="{ under: readout.under }" :style="{ transform: readout.transform }">
          <b>{{ readout.value }}</b> <span>{{ readout.about }}</span>
        </p>
        <input v-model.number="index" type="range" min="0" :max="last" aria-label="Day in the chart"
               :aria-valuetext="readout ? readout.value + ', ' + readout.about : ''" @focus="reach" @blur="leave">
      </div>
    </section>
  `,
};
