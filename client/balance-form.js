/* The form that records a balance. What is half typed outlives a reload and an outage. */
import { inBitcoin, readRand, refusal } from "./amount.js";
import { decimal, rand, shortDate } from "./format.js";
import { keep, kept } from "./storage.js";
import { computed, nextTick, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

const FIRST = "1900-01-01"; // the first day that can have a balance
const SLIP = 1000; // ms after recording in which Enter in the empty field is a slip

/* Say what is wrong with the date, if anything. */
function wrongDate({ rangeUnderflow, rangeOverflow, valid }) {
  if (valid) return null;
  if (rangeUnderflow) return refusal("The date is before 1900: write the whole year.", "date");
  if (rangeOverflow) return refusal("The date lies in the future.", "date");
  return refusal("Write the whole date.", "date");
}

export const BalanceForm = {
  props: {
    first: Boolean, // whether nothing is recorded yet
    today: String,
    rate: Object,
    saving: Boolean,
    busy: Boolean, // with any action
    refused: Object, // an Error, with a `note` in its place once its reason has gone
    recorded: Object, // the `balance` and `date` recorded last
  },
  emits: ["record"], // with `balance` (a plain decimal) and `date`
  setup(props, { emit }) {
    const problem = shallowRef(null); // what is wrong with the values
    const draft = kept("sessionStorage", "draft", {});
    const balance = ref(draft.balance || "");
    const date = ref(draft.date || props.today);
    watch([balance, date], () => {
      const recorded = !balance.value && date.value === props.recorded?.date; // nothing half typed
      const dated = date.value !== props.today && !recorded;
      keep("sessionStorage", "draft", { balance: balance.value, date: dated ? date.value : "" });
      problem.value = null;
    });
    watch(
      () => props.today,
      (today, before) => {
        if ([before, ""].includes(date.value)) date.value = today;
      },
    );

    const read = computed(() => {
      try {
        return { amount: readRand(balance.value) };
      } catch (error) {
        return { error };
      }
    });
    watch(
      () => props.refused,
      (refused) => (problem.value = refused),
    );
    const error = computed(() => problem.value?.message ?? "");
    const wrong = computed(() => (problem.value?.errors ?? []).map(({ field }) => field));
    const earlier = computed(
      () => date.value >= FIRST && date.value < props.today && shortDate(date.value, props.today),
    );
    const worth = computed(() => {
      const { amount } = read.value;
      return amount && props.rate ? decimal(inBitcoin(amount, props.rate.price)) : "";
    });

    let cleared = -Infinity; // ms, when the amount went since it is recorded
    function submit() {
      if (props.busy || (!balance.value && Date.now() - cleared < SLIP)) return;
      problem.value = read.value.error ?? wrongDate(day.value.validity);
      if (problem.value) (read.value.error ? field : day).value.focus();
      else emit("record", { balance: read.value.amount, date: date.value });
    }

    /* Once recorded: the amount goes, and the date stays if it was not today, for the next one. */
    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    watch(
      () => props.recorded,
      async (recorded) => {
        problem.value = null;
        if (read.value.amount === recorded.balance) balance.value = "";
        cleared = Date.now();
        await nextTick();
        const inside = field.value.form.contains(document.activeElement);
        if (!inside && document.activeElement !== document.body) return;
        const series = recorded.date !== props.today;
        if (series || matchMedia("(pointer: fine)").matches) {
          field.value.focus({ preventScroll: true });
        } else {
          document.activeElement.blur(); // a phone's keyboard would hide the new row
        }
      },
    );
    /* After a fresh start, the form is what there is. */
    watch(
      () => props.first,
      async () => {
        await nextTick();
        if (document.activeElement === document.body) field.value.focus({ preventScroll: true });
      },
    );
    return {
      ...{ FIRST, balance, date, day, earlier, error, field, problem, rand, read, submit },
      ...{ worth, wrong },
    };
  },
  template: /* html */ `
    <form class="record card" novalidate @submit.prevent="submit">
      <h2>{{ first ? "Record your first balance" : "Record a balance" }}</h2>
      <p class="amount">
        <label for="balance">Balance</label>
        <span class="money">
          <input id="balance" ref="field" v-model.trim="balance" name="balance" required inputmode="decimal"
                 autocomplete="off" placeholder="0,00" :aria-invalid="wrong.includes('balance')"
                 aria-describedby="understood error" @input="field.scrollIntoView({ block: 'nearest' })">
        </span>
      </p>
      <p class="day">
        <label for="date">Date</label>
        <input id="date" ref="day" v-model="date" name="date" type="date" required autocomplete="off"
               :min="FIRST" :max="today" :aria-invalid="wrong.includes('date')"
               :aria-describedby="wrong.includes('balance') ? null : 'error'">
      </p>
      <div class="hint">
        <p id="error" class="error" role="alert">{{ error }}</p>
        <p v-if="!error" id="understood">
          <template v-if="problem?.note">{{ problem.note }}</template>
          <template v-else-if="read.amount">
            That is <b>{{ rand(read.amount) }}</b><template v-if="earlier"> on {{ earlier }}</template><template v-if="worth"> · {{ worth }} BTC</template>
          </template>
          <template v-else-if="!balance">Type it as you like: 1234.56 or 1 234,56</template>
        </p>
      </div>
      <button class="main" :aria-disabled="busy"><span v-if="saving">Saving…</span><span v-else>Record<span class="long"> balance</span></span></button>
    </form>
  `,
};
