/* The price of a bitcoin: how old it is, and what became of it since the day of the headline. */
import { ago, percent, rand, shortDate } from "./format.js";
import { computed } from "./vue.js";

export const PriceCard = {
  props: {
    rate: Object, // `price`, `age` in seconds and `stale`; null while there is none
    since: Object, // the entry that the headline compares with, null where there is none
    today: String,
  },
  setup(props) {
    const drift = computed(() => {
      if (!props.rate || !props.since?.rate_then) return "";
      return percent(props.since.rate_then, props.rate.price);
    });
    return { ago, drift, rand, shortDate };
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
        Price since {{ shortDate(since.date, today) }}
        <b :class="drift.startsWith('−') ? 'loss' : 'gain'">{{ drift }}</b>
      </p>
    </section>
  `,
};
