/* The current balance, large; its change over the chosen range; what it is worth in bitcoin. */
import { minus } from "./amount.js";
import { ago, decimal, bitcoinChange, percent, rand, randChange, shortDate } from "./format.js";
import { computed } from "./vue.js";

export const BalanceHeadline = {
  props: {
    current: Object, // the newest entry, undefined where there is none
    basis: Object, // the entry that it is compared with, null where there is none
    unit: String, // "rand" or "bitcoin": what the change is told in
    rate: Object,
    today: String,
  },
  setup(props) {
    const figure = computed(() => {
      const [whole, cents] = rand(props.current.balance).split(",");
      return { whole, cents: `,${cents}` };
    });
    const change = computed(() => {
      if (!props.basis || props.current.sample) return null;
      const [field, written] =
        props.unit === "rand" ? ["balance", randChange] : ["btc_then", bitcoinChange];
      const [from, to] = [props.basis[field], props.current[field]];
      if (to === null) return null;
      const difference = minus(to, from);
      const nil = !/[1-9]/.test(difference);
      const kind = nil ? "nil" : difference.startsWith("-") ? "loss" : "gain";
      const share = Number(from) > 0 && percent(from, to); // of an overdraft it would mean nothing
      const told = [written(difference), share].filter(Boolean).join(" · ");
      const arrow = { gain: "▲", loss: "▼", nil: "" }[kind];
      return { kind, arrow, told: nil ? "no change" : told };
    });
    return { ago, decimal, change, figure, shortDate };
  },
  template: /* html */ `
    <section class="headline" aria-label="Current balance">
      <template v-if="current">
        <p class="label">
          Current balance, <time :datetime="current.date">{{ shortDate(current.date, today) }}</time> <span v-if="current.sample" class="tag">Sample</span>
        </p>
        <p class="figure" :class="{ sample: current.sample }">{{ figure.whole }}<small>{{ figure.cents }}</small></p>
        <p class="worth">
          <template v-if="current.btc">
            <span class="label">In bitcoin{{ rate?.stale ? ", " + ago(rate.age) : " now" }}</span>
            <span class="second">{{ decimal(current.btc) }} <b>BTC</b></span>
          </template>
          <template v-else>
            <span class="label">In bitcoin</span>
            <span class="waiting">waiting for a price</span>
          </template>
        </p>
        <p class="change">
          <template v-if="change"><span class="chip" :class="change.kind">
            {{ change.arrow }} {{ change.told }}
          </span>
          since <time :datetime="basis.date">{{ shortDate(basis.date, today) }}</time></template>
          <template v-else>{{ current.sample ? "Made up, until you record your own" : unit === "rand" ? "Your first day" : "No change in bitcoin known" }}</template>
        </p>
      </template>
      <template v-else>
        <p class="label">Current balance</p>
        <p class="figure none">R –</p>
      </template>
    </section>
  `,
};
