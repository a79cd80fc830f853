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

/* Draw the days of a range, in rand or in bitcoin, into a space of this size. */
function draw(days, inRand, { width, height }) {
  const narrow = width < NARROW;
  const times = days.map(({ date }) => Date.parse(date));
  const values = days.map(({ balance, btc_then }) => (inRand ? balance : btc_then));
  const known = values.filter((value) => value !== null).map(Number);

  /* From bottom to top: rand or bitcoin. */
  const scale = niceScale(known.length ? known : [0], inRand ? 0.01 : 1e-8, narrow ? 4 : 5);
  const { low, high, step } = scale;
  const floor = height - BOTTOM;
  const y = (value) => floor - ((value - low) / (high - low)) * (floor - TOP);
  const zero = y(Math.min(Math.max(low, 0), high));
  const currency = inRand && !narrow ? "R\u00a0" : "";
  const levels = (known.length ? scale.levels : []).map((value) => ({
    y: Math.round(y(value)) + 0.5, // a sharp line
    zero: value === 0 && low < 0,
    label: levelLabel(value, step, currency, narrow ? 1e3 : 1e6),
  }));

  /* From left to right: time. */
  const letters = Math.max(0, ...levels.map(({ label }) => label.length));
  const left = Math.max(narrow ? 42 : 58, letters * 6.5 + 6);
  const right = Math.max(width - RIGHT, left);
  const [from, to] = [times[0], times.at(-1)];
  const x = (time) => left + (to > from ? (time - from) / (to - from) : 0.5) * (right - left);
  const months = Math.max(2, Math.floor((right - left) / (narrow ? 42 : 52)));
  const room = { days: Math.min(months, narrow ? 4 : 5), months };
  const ticks = timeTicks(from, to, room).map((tick) => ({ ...tick, x: x(tick.time) }));

  const points = days.map(({ sample }, n) => ({ x: x(times[n]), y: values[n] && y(values[n]), sample }));
  const stretches = stretchesOf(points);
  const lines = stretches.map((stretch) => {
    const [start, end] = [stretch.points[0].x, stretch.points.at(-1).x];
    const line = stretch.points.map(({ x, y }) => `${x.toFixed(1)} ${y.toFixed(1)}`).join("L");
    const area = `M${line}V${zero}H${start}Z`;
    return { sample: stretch.sample, line: `M${line}h0`, area, middle: (start + end) / 2 };
  });

  /* Where no rate is known: before, between and after the stretches. */
  const edges = [left, ...stretches.flatMap(({ points }) => [points[0].x, points.at(-1).x]), right];
  const gaps = edges.flatMap((start, n) => (n % 2 ? [] : [{ x: start, width: edges[n + 1] - start }]));
  const alone = days.length === 1 && known.length === 1;
  const bands = inRand || alone ? [] : gaps.filter(({ width }) => width > 1);
  return { floor, left, levels, ticks, zero, points, lines, bands };
}

/* Cut the line into stretches: each has values all along, and is of samples, up to one's own, or not. */
function stretchesOf(points) {
  const stretches = [];
  for (const [n, point] of points.entries()) {
    if (point.y === null) continue;
    const before = points[n - 1];
    const joined = before && before.y !== null;
    const sample = point.sample || Boolean(joined && before.sample);
    if (joined && stretches.at(-1).sample === sample) stretches.at(-1).points.push(point);
    else stretches.push({ sample, points: joined ? [before, point] : [point] });
  }
  return stretches;
}

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
    const drawing = computed(() => draw(props.ranged, inRand.value, size.value));
    const last = computed(() => props.ranged.length - 1);
    const end = computed(() => {
      const point = drawing.value.points.at(-1);
      return point.y === null || point.sample ? null : point;
    });

    const valueOf = ({ balance, btc_then }) => (inRand.value ? rand(balance) : btc_then && `${decimal(btc_then)} BTC`);

    /* What is pointed at. */
    const readout = computed(() => {
      const entry = props.ranged[index.value];
      if (!entry) return null;
      const { left, points } = drawing.value;
      const { x, y } = points[index.value];
      const under = y !== null && y < TOP + HIGH;
      const most = Math.max(0, size.value.width - READOUT);
      const box = Math.min(Math.max(x - READOUT / 2, left), most);
      const about = [fullDate(entry.date), entry.sample && ", sample", aboutOf(entry)].filter(Boolean).join("");
      return { x, y, under, transform: `translateX(${box / 16}rem)`, value: valueOf(entry) ?? "no rate", about };
    });

    /* As in the table, an entry is compared with the one before, which may be of the same day. */
    function aboutOf(entry) {
      if (!inRand.value) return entry.rate_then && ` at ${rand(entry.rate_then)}`;
      const alike = account.balances.filter(({ sample }) => sample === entry.sample);
      const before = alike[alike.indexOf(entry) - 1];
      if (!before) return "";
      const since = before.date === entry.date ? "earlier that day" : shortDate(before.date, account.today);
      return ` · ${randChange(minus(entry.balance, before.balance))} since ${since}`;
    }

    /* Point at the day that is nearest to the pointer or the finger. */
    function pick({ clientX }) {
      const at = (clientX - plot.value.getBoundingClientRect().left) / size.value.enlarged;
      const distances = drawing.value.points.map(({ x }) => Math.abs(x - at));
      index.value = distances.indexOf(Math.min(...distances));
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
      const tell = (entry) => `${valueOf(entry) ?? "an unknown value"} on ${shortDate(entry.date, account.today)}`;
      const [first, newest] = [props.ranged[0], props.ranged.at(-1)];
      return first === newest ? `${tell(first)}.` : `From ${tell(first)} to ${tell(newest)}.`;
    });

    const resized = new ResizeObserver(([{ contentRect }]) => {
      const enlarged = parseFloat(window.getComputedStyle(document.documentElement).fontSize) / 16;
      size.value = { width: contentRect.width / enlarged, height: contentRect.height / enlarged, enlarged };
    });
    onMounted(() => resized.observe(plot.value));
    onUnmounted(() => resized.disconnect());
    watch([() => props.range, () => props.unit, () => props.ranged.length], () => {
      index.value = plot.value?.contains(document.activeElement) ? last.value : -1;
    });
    return { RANGES, TOP, drawing, end, index, label, last, leave, pick, reach, readout, size };
  },
  template: /* html */ `
    <section class="chart card" aria-label="Chart">
      <div class="controls bar screen">
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
            <linearGradient id="fade" gradientUnits="userSpaceOnUse" x1="0" :y1="TOP" x2="0" :y2="drawing.floor">
              <stop offset="0"></stop>
              <stop :offset="(drawing.zero - TOP) / (drawing.floor - TOP)" class="clear"></stop>
              <stop offset="1"></stop>
            </linearGradient>
          </defs>
          <g v-for="band in drawing.bands" :key="band.x" class="unknown">
            <rect :x="band.x" :y="TOP" :width="band.width" :height="drawing.floor - TOP"></rect>
            <text v-if="band.width > 54" :x="band.x + band.width / 2" :y="drawing.floor - 10">no rate</text>
          </g>
          <g v-for="level in drawing.levels" :key="level.label" class="level" :class="{ zero: level.zero }">
            <line :x1="drawing.left" :x2="size.width" :y1="level.y" :y2="level.y"></line>
            <text x="0" :y="level.y">{{ level.label }}</text>
          </g>
          <g v-for="tick in drawing.ticks" :key="tick.time" class="tick" :class="{ bold: tick.bold }">
            <line :x1="tick.x" :x2="tick.x" :y1="drawing.floor" :y2="drawing.floor + 5"></line>
            <text :x="Math.min(tick.x, size.width - 20)" :y="drawing.floor + 20">{{ tick.label }}</text>
          </g>
          <g v-for="(stretch, n) in drawing.lines" :key="n">
            <path v-if="!stretch.sample" class="area" :d="stretch.area"></path>
            <path class="line" :class="{ sample: stretch.sample }" :d="stretch.line"></path>
            <text v-if="stretch.sample" class="mark" :x="stretch.middle" :y="drawing.floor - 10">samples</text>
          </g>
          <circle v-if="end" class="end" :cx="end.x" :cy="end.y" r="4.5"></circle>
          <g v-if="readout" class="hair">
            <line :x1="readout.x" :x2="readout.x" :y1="TOP" :y2="drawing.floor"></line>
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
