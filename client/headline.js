/* The current balance, large; its change over the chosen range; what it is worth in bitcoin, and the
 * price of a bitcoin. */
import { account, rate, tracked } from "./account.js";
import { ago, bitcoinChange, decimal, minus, percent, rand, randChange, shortDate } from "./format.js";
import { computed } from "./vue.js";

export const BalanceHeadline = {
  props: {
    basis: Object, // the entry that the current one is compared with, null where there is none
    unit: String, // "rand" or "bitcoin": what the change is told in
  },
  setup(props) {
    const current = computed(() => tracked.value.at(-1));
    const figure = computed(() => {
      const [whole, cents] = rand(current.value.balance).split(",");
      return { whole, cents: `,${cents}` };
    });
    const change = computed(() => {
      if (!props.basis || current.value.sample) return null;
      const [field, written] = props.unit === "rand" ? ["balance", randChange] : ["btc_then", bitcoinChange];
      const [from, to] = [props.basis[field], current.value[field]];
      if (to === null) return null;
      const difference = minus(to, from);
      const nil = !/[1-9]/.test(difference);
      const kind = nil ? "nil" : difference.startsWith("-") ? "loss" : "gain";
      const share = Number(from) > 0 && percent(from, to); // of an overdraft it would mean nothing
      const told = [written(difference), share].filter(Boolean).join(" · ");
      const arrow = { gain: "▲", loss: "▼", nil: "" }[kind];
      return { kind, arrow, told: nil ? "no change" : told };
    });
    return { account, ago, decimal, change, current, figure, rate, shortDate };
  },
  template: /* html */ `
    <section class="headline" aria-label="Current balance">
      <template v-if="current">
        <p class="label">
          Current balance, <time :datetime="current.date">{{ shortDate(current.date, account.today) }}</time> <span v-if="current.sample" class="tag">Sample</span>
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
          since <time :datetime="basis.date">{{ shortDate(basis.date, account.today) }}</time></template>
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

export const PriceCard = {
  props: {
    since: Object, // the entry that the headline compares with, null where there is none
  },
  setup(props) {
    const drift = computed(() => {
      if (!rate.value || !props.since?.rate_then) return "";
      return percent(props.since.rate_then, rate.value.price);
    });
    return { account, ago, drift, rand, rate, shortDate };
  },
  template: /* html */ `
    <section class="price card" aria-label="Bitcoin price">
      <p class="label">Bitcoin price</p>
      <template v-if="rate">
        <p class="value">1 BTC = {{ rand(rate.price) }}</p>
        <p class="age" :class="{ stale: rate.stale }">
          Luno · {{ ago(rate.age) }}<span v-if="rate.stale" class="why">, waiting for a newer one</span>
        </p>
      </template>
      <template v-else>
        <p class="value">No price yet</p>
        <p class="age none">Luno did not answer · trying again</p>
      </template>
      <p v-if="drift" class="drift">
        Price since {{ shortDate(since.date, account.today) }}
        <b :class="drift.startsWith('−') ? 'loss' : 'gain'">{{ drift }}</b>
      </p>
    </section>
  `,
};
