/* The form that records a balance, once, whatever becomes of the answer. What is half typed outlives
 * a reload and an outage. */
import { account, act, own, rate, tracked } from "./account.js";
import { highlighted, tell, words } from "./activity.js";
import * as api from "./api.js";
import { decimal, inBitcoin, rand, readRand, refusal, shortDate } from "./format.js";
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

export const RecordForm = {
  setup() {
    const today = computed(() => account.today);
    const first = computed(() => !tracked.value.length); // whether nothing is recorded yet

    /* What is typed. */
    const draft = kept("sessionStorage", "draft", {});
    const balance = ref(draft.balance || "");
    const date = ref(draft.date || today.value);
    let recordedDate; // of the last one, which stays in the form but is no draft
    watch([balance, date], () => {
      const recorded = !balance.value && date.value === recordedDate;
      const dated = date.value !== today.value && !recorded;
      keep("sessionStorage", "draft", { balance: balance.value, date: dated ? date.value : "" });
      problem.value = null;
    });
    watch(today, (now, before) => {
      if ([before, ""].includes(date.value)) date.value = now;
    });

    /* What it is read as, and what is wrong with it: an Error, or once the reason of a lost answer has
     * gone, a `hint` of what to do. */
    const read = computed(() => {
      try {
        return { amount: readRand(balance.value) };
      } catch (error) {
        return { error };
      }
    });
    const problem = shallowRef(null);
    const error = computed(() => problem.value?.message ?? "");
    const wrong = computed(() => (problem.value?.errors ?? []).map(({ field }) => field));
    const earlier = computed(
      () => date.value >= FIRST && date.value < today.value && shortDate(date.value, today.value),
    );
    const worth = computed(() => {
      const { amount } = read.value;
      return amount && rate.value ? decimal(inBitcoin(amount, rate.value.price)) : "";
    });

    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    const saving = ref(false);
    let sent = {}; // the values sent last, and the key that names them until they are recorded
    let cleared = -Infinity; // ms, when the amount went since it is recorded

    function submit() {
      if (account.pending || (!balance.value && Date.now() - cleared < SLIP)) return;
      problem.value = read.value.error ?? wrongDate(day.value.validity);
      if (problem.value) (read.value.error ? field : day).value.focus();
      else record({ balance: read.value.amount, date: date.value });
    }

    /* Send a balance. Sent again after a failure, the same values keep their key. */
    async function record(values) {
      if (sent.balance !== values.balance || sent.date !== values.date) {
        sent = { ...values, key: api.newKey() };
      }
      const { key } = sent;
      saving.value = true;
      try {
        const { balances } = await act(() => api.record(values, key));
        if (balances.some(({ id }) => id === key)) {
          succeed();
        } else {
          sent = {};
          const message = "It was recorded, and deleted since. Send it again to record it anew.";
          problem.value = { message };
        }
      } catch (failure) {
        problem.value = failure;
      }
      saving.value = false;
    }

    /* Once the server answers again, it tells what became of a balance whose answer was lost. */
    watch(
      () => account.answers,
      () => {
        if (!problem.value?.lost) return;
        if (own.value.some(({ id }) => id === sent.key)) succeed();
        else problem.value = { hint: "Not recorded yet: send it again.", lost: true };
      },
    );

    /* Once recorded: the amount goes, and the date stays if it was not today, for the next one. */
    async function succeed() {
      const { key, ...values } = sent;
      sent = {};
      problem.value = null;
      recordedDate = values.date;
      highlighted.value = { id: key, scroll: values.date === today.value };
      const step = { said: `Recorded ${words(values)}`, call: "remove", id: key };
      tell(step.said, { step });
      if (read.value.amount === values.balance) balance.value = "";
      cleared = Date.now();
      await nextTick();
      const inside = field.value.form.contains(document.activeElement);
      if (!inside && document.activeElement !== document.body) return;
      const series = values.date !== today.value;
      if (series || matchMedia("(pointer: fine)").matches) {
        field.value.focus({ preventScroll: true });
      } else {
        document.activeElement.blur(); // a phone's keyboard would hide the new row
      }
    }

    /* After a fresh start, the form is what there is. */
    watch(first, async () => {
      await nextTick();
      if (document.activeElement === document.body) field.value.focus({ preventScroll: true });
    });
    return {
      FIRST,
      account,
      balance,
      date,
      earlier,
      error,
      field,
      first,
      problem,
      rand,
      read,
      saving,
      submit,
      today,
      worth,
      wrong,
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
          <template v-if="problem?.hint">{{ problem.hint }}</template>
          <template v-else-if="read.amount">
            That is <b>{{ rand(read.amount) }}</b><template v-if="earlier"> on {{ earlier }}</template><template v-if="worth"> · {{ worth }} BTC</template>
          </template>
          <template v-else-if="!balance">Type it as you like: 1234.56 or 1 234,56</template>
        </p>
      </div>
      <button class="main" :aria-disabled="account.pending"><span v-if="saving">Saving…</span><span v-else>Record<span class="long"> balance</span></span></button>
    </form>
  `,
};
