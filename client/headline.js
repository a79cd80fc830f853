/* The current balance, large; its change over the chosen range; what it is worth in bitcoin, and the
 * price of a bitcoin. */
import { account } from "./account.js";
import { bitcoinChange, minus, percent, rand, randChange } from "./format.js";
import { computed } from "./vue.js";

/* A date: this year's without the year, but for paper. */
const DayOfYear = {
  props: { date: String },
  template: /* html */ `
    <time :datetime="date">{{ dayAndMonth(date) }} <span :class="{ paper: date.slice(0, 4) === account.today.slice(0, 4) }">{{ date.slice(0, 4) }}</span></time>
  `,
};

export const BalanceHeadline = {
  components: { DayOfYear },
  props: {
    basis: Object, // the entry that the current one is compared with, null where there is none
    unit: String, // "rand" or "bitcoin": what the change is told in
  },
  setup(props) {
    const current = computed(() => account.own.at(-1) ?? account.samples.at(-1));
    const figure = computed(() => {
      const [whole, cents] = rand(current.value.balance).split(",");
      return { whole, cents: `,${cents}`, letters: whole.length + 3 };
    });
    const change = computed(() => {
      if (!props.basis) return null;
      const [before, now] = [props.basis, current.value];
      if (props.unit === "rand")
        return told(minus(now.balance, before.balance), randChange, before.balance, now.balance);
      if (now.btc === null) return null;
      // Bitcoin is rounded, so its share is worked out from the balances and the rates.
      const [from, to] = [before.balance * account.rate.price, now.balance * (before.rate_then ?? NaN)];
      return told(minus(now.btc, before.btc_then), bitcoinChange, from, to);
    });
    return { change, current, figure };
  },
  template: /* html */ `
    <section class="headline" aria-label="Current balance">
      <template v-if="current">
        <p class="label">
          Current balance, <DayOfYear :date="current.date" /> <span v-if="current.sample" class="tag">Sample</span>
          <span class="paper"> · printed on {{ fullDate(account.today) }}</span>
        </p>
        <p class="figure" :class="{ sample: current.sample }" :style="{ '--letters': figure.letters }">{{ figure.whole }}<small>{{ figure.cents }}</small></p>
        <p class="worth">
          <template v-if="current.btc">
            <span class="label">In bitcoin<span class="screen">{{ account.rate?.stale ? ", " + ago(account.rate.age) : " now" }}</span></span>
            <span class="second">{{ decimal(current.btc) }} <b>BTC</b></span>
          </template>
          <template v-else>
            <span class="label">In bitcoin</span>
            <span class="waiting">waiting for a price</span>
          </template>
        </p>
        <p class="change label">
          <template v-if="change"><span class="tag chip" :class="change.kind">
            {{ change.arrow }} {{ change.words }}
          </span>
          since <DayOfYear :date="basis.date" /></template>
          <template v-else>{{ current.sample ? "Made up, until you record your own" : unit === "rand" ? "Your first day" : "No change in bitcoin known" }}</template>
        </p>
      </template>
      <template v-else>
        <p class="label">Current balance</p>
        <p class="figure sample" :style="{ '--letters': 9 }">R –</p>
      </template>
    </section>
  `,
};

/* Tell a change, and its percentage from one amount to another unless either is an overdraft. */
function told(difference, written, from, to) {
  if (!/[1-9]/.test(difference)) return { kind: "nil", arrow: "", words: "no change" };
  const share = from > 0 && to >= 0 && percent(from, to);
  const words = [written(difference), share].filter(Boolean).join(" · ");
  return difference.startsWith("-") ? { kind: "loss", arrow: "▼", words } : { kind: "gain", arrow: "▲", words };
}

export const PriceCard = {
  components: { DayOfYear },
  props: {
    since: Object, // the entry that the headline compares with, null where there is none
  },
  setup(props) {
    const drift = computed(() => {
      if (!account.rate || !props.since?.rate_then) return "";
      return percent(props.since.rate_then, account.rate.price);
    });
    /* Why the price is old; what this browser had kept is only shown until the server answers. */
    const reason = computed(() => {
      if (account.trouble) return "Good Bank cannot be reached";
      return account.rate?.stale && !account.kept ? "waiting for a newer one" : "";
    });
    return { drift, reason };
  },
  template: /* html */ `
    <section class="price card" aria-label="Bitcoin price">
      <p class="name label">Bitcoin price</p>
      <template v-if="account.rate">
        <p class="value">1 BTC = {{ rand(account.rate.price) }}</p>
        <p class="age label screen" :class="{ stale: account.rate.stale }">
          Luno · {{ ago(account.rate.age) }}<template v-if="reason">, {{ reason }}</template>
        </p>
      </template>
      <template v-else>
        <p class="value">No price yet</p>
        <p class="age label screen none">{{ reason || "Luno did not answer" }} · trying again</p>
      </template>
      <p class="unseen" role="status">{{ reason && !account.trouble ? "The bitcoin price is out of date." : "" }}</p>
      <p v-if="drift" class="drift bar label">
        <span>Price since <DayOfYear :date="since.date" /></span> <b :class="kindOf(drift)">{{ drift }}</b>
      </p>
    </section>
  `,
};
