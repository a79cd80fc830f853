/* The form that records a balance. The outbox sends it, once, whatever becomes of the answer. What is
 * half typed outlives a reload. */
import { account, own, rate } from "./account.js";
import { highlighted, words } from "./activity.js";
import { newKey } from "./api.js";
import { decimal, inBitcoin, rand, readRand, refusal, shortDate } from "./format.js";
import { outbox, send, take } from "./outbox.js";
import { keep, kept } from "./storage.js";
import { computed, nextTick, onMounted, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

const FIRST = "1900-01-01"; // the first day that can have a balance
const SLIP = 1000; // ms after recording in which Enter in the empty field is a slip
const IDLE = 120000; // ms without typing after which the date is today again
const MINUS = /^\s*[-−–]\s*/;

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
    const first = computed(() => !account.balances.length); // whether nothing is shown yet

    /* What is typed. The id that its entry will have is kept with it, so that no reload records it twice. */
    const draft = kept("sessionStorage", "draft", {});
    const balance = ref(draft.balance || "");
    const date = ref((Date.now() - draft.typed < IDLE && draft.date) || today.value);
    let sent = draft.sent ?? {}; // the values sent last, and their id, until they are in the history
    let recordedDate; // of the last one, which stays in the form but is no draft
    function keepDraft() {
      const recorded = !balance.value && date.value === recordedDate;
      const dated = date.value !== today.value && !recorded;
      const typed = { balance: balance.value, date: dated ? date.value : "", typed: Date.now() };
      keep("sessionStorage", "draft", { ...typed, sent });
    }
    watch([balance, date], keepDraft);

    /* The date of another day does not stay for long, so that nothing is recorded there by mistake. */
    const movedBack = ref(false);
    let idle;
    function backToToday() {
      if (date.value === today.value) return;
      movedBack.value = balance.value !== "";
      date.value = today.value;
    }
    function typed() {
      problem.value = null;
      movedBack.value = false;
      clearTimeout(idle);
      idle = setTimeout(backToToday, IDLE);
    }
    function chooseToday() {
      date.value = today.value;
      typed();
      day.value.focus();
    }
    watch(today, backToToday); // a new day

    /* What it is read as, and what is wrong with it. */
    const read = computed(() => {
      try {
        return { amount: readRand(balance.value) };
      } catch (error) {
        return { error };
      }
    });
    const problem = shallowRef(null);
    const wrong = computed(() => (problem.value?.errors ?? []).map(({ field }) => field));
    const earlier = computed(
      () => date.value >= FIRST && date.value < today.value && shortDate(date.value, today.value),
    );
    const worth = computed(() => {
      const { amount } = read.value;
      return amount && rate.value ? decimal(inBitcoin(amount, rate.value.price)) : "";
    });
    const another = computed(() => {
      const there = own.value.filter((entry) => entry.date === date.value && entry.waiting !== "remove");
      if (!there.length || !read.value.amount) return "";
      const which = there.length === 1 ? "a second one" : "another one";
      return `${shortDate(date.value, today.value)} has ${rand(there.at(-1).balance)} already; this is ${which}.`;
    });

    /* An overdraft has a minus, which the keyboard of some phones lacks. */
    const overdraft = computed(() => MINUS.test(balance.value) || Boolean(read.value.amount?.startsWith("-")));
    function turnSign() {
      const text = balance.value.replace(MINUS, "");
      if (text !== balance.value) balance.value = text;
      else balance.value = overdraft.value ? decimal(read.value.amount.slice(1)) : `−${text}`;
      typed();
    }

    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    const remarks = useTemplateRef("remarks");
    const saving = ref(false);
    const blocked = computed(() => saving.value || (account.pending && !outbox.sending));
    let cleared = -Infinity; // ms, when the amount went since it is recorded

    async function submit() {
      if (blocked.value || (!balance.value && Date.now() - cleared < SLIP)) return;
      problem.value = read.value.error ?? wrongDate(day.value.validity);
      if (!problem.value) await record({ balance: read.value.amount, date: date.value });
      if (!problem.value) return;
      (wrong.value[0] === "date" ? day : field).value.focus();
      await nextTick();
      remarks.value.scrollIntoView({ block: "nearest" });
    }

    /* Send a balance: the same values again under the same id, until they are recorded. */
    async function record(values) {
      if (sent.balance !== values.balance || sent.date !== values.date) {
        sent = { ...values, id: newKey() };
      }
      keepDraft();
      saving.value = true;
      const { id } = sent;
      const name = words(values);
      const step = { said: `Recorded ${name}`, call: "remove", id };
      try {
        await send({ key: id, call: "record", id, values, name, step });
        if (sent.id === id) settle();
      } catch (failure) {
        sent = {};
        keepDraft();
        problem.value = failure;
      }
      saving.value = false;
    }

    /* Once it is recorded, or waits to be: the amount goes, and the date stays for the next one. */
    async function settle() {
      const values = sent;
      sent = {};
      recordedDate = values.date;
      highlighted.value = { id: values.id };
      if (read.value.amount === values.balance) balance.value = "";
      keepDraft();
      cleared = Date.now();
      await nextTick();
      const inside = field.value.form.contains(document.activeElement);
      if (!inside && document.activeElement !== document.body) return;
      const series = values.date !== today.value;
      if (series || matchMedia("(pointer: fine)").matches) {
        field.value.focus({ preventScroll: true });
      } else {
        document.activeElement.blur(); // a phone's keyboard would hide the page
      }
    }
    const isThere = () => sent.id && own.value.some(({ id }) => id === sent.id);
    watch(own, () => isThere() && settle());
    onMounted(() => isThere() && settle());

    /* A balance that waited and was refused comes back, once there is room for it. */
    watch(
      () => !balance.value && !saving.value && outbox.refused[0],
      async (write) => {
        if (!write || !(await take(write))) return;
        balance.value = decimal(write.values.balance);
        date.value = write.values.date;
        typed();
        problem.value = write.refused;
      },
      { immediate: true },
    );

    /* After a fresh start, the form is what there is. */
    watch(first, async () => {
      await nextTick();
      if (document.activeElement === document.body) field.value.focus({ preventScroll: true });
    });
    return {
      FIRST,
      account,
      another,
      balance,
      blocked,
      chooseToday,
      date,
      day,
      earlier,
      field,
      first,
      movedBack,
      outbox,
      overdraft,
      problem,
      rand,
      read,
      saving,
      submit,
      take,
      today,
      turnSign,
      typed,
      worth,
      wrong,
    };
  },
  template: /* html */ `
    <form class="record card" novalidate @submit.prevent="submit" @input="typed"
          @keydown.enter="$event.isComposing && $event.preventDefault()">
      <h2>{{ first ? "Record your first balance" : "Record a balance" }}</h2>
      <p class="amount">
        <label for="balance">Balance</label>
        <span class="money">
          <button type="button" class="sign" aria-label="Overdraft" title="Overdraft: a balance below zero"
                  :aria-pressed="overdraft" @mousedown.prevent @click="turnSign">±</button>
          <input id="balance" ref="field" v-model.trim="balance" name="balance" required inputmode="decimal"
                 autocomplete="off" placeholder="0,00" :aria-invalid="wrong.includes('balance')"
                 aria-describedby="understood error" @input="field.scrollIntoView({ block: 'nearest' })">
        </span>
      </p>
      <p class="day">
        <label for="date">Date</label>
        <button v-if="date !== today" type="button" class="link" @click="chooseToday">Today</button>
        <input id="date" ref="day" v-model="date" name="date" type="date" required autocomplete="off"
               :min="FIRST" :max="today" :aria-invalid="wrong.includes('date')"
               :aria-describedby="wrong.includes('balance') ? null : 'error'">
      </p>
      <div class="hint">
        <p v-if="!problem" id="understood">
          <template v-if="read.amount">
            That is <b>{{ rand(read.amount) }}</b><template v-if="earlier"> on {{ earlier }}</template><template v-if="worth"> · {{ worth }} BTC</template>
          </template>
          <template v-else-if="!balance">Type it as you like: 1234.56 or 1 234,56</template>
        </p>
        <p v-if="another">{{ another }}</p>
        <p v-if="movedBack" role="status">The date is today’s again.</p>
      </div>
      <button class="main" :aria-disabled="blocked"><span v-if="saving">Saving…</span><span v-else>Record<span class="long"> balance</span></span></button>
      <div ref="remarks" class="remarks">
        <p id="error" class="error" role="alert">{{ problem?.message }}</p>
        <p v-for="write in outbox.refused" :key="write.key" class="error">Not recorded: {{ write.name }}. {{ write.refused.message }}</p>
        <p v-if="outbox.waiting.length" class="unsent">
          {{ outbox.waiting.length }} {{ outbox.waiting.length === 1 ? "change waits" : "changes wait" }} to be sent.
          <template v-if="outbox.unkept">This browser does not keep them: leave this page open until they are sent.</template>
        </p>
        <p v-if="outbox.elsewhere.length" class="unsent">
          Not sent, as this is another history: <template v-for="(write, index) in outbox.elsewhere">{{ index ? "; " : "" }}{{ write.name }}</template>.
          <button type="button" class="link" @click="take(...outbox.elsewhere)">Discard</button>
        </p>
      </div>
    </form>
  `,
};
