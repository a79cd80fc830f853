/* The form that records a balance. The outbox sends it, once, whatever becomes of the answer. What is
 * half typed outlives a reload. */
import { account } from "./account.js";
import { newKey } from "./api.js";
import { decimal, FIRST_DAY, inBitcoin, rand, readRand, shortDate, wrongDate } from "./format.js";
import { outbox, send, take, words } from "./outbox.js";
import { keep, kept } from "./storage.js";
import { highlighted, isTypingOutside } from "./toast.js";
import { computed, nextTick, shallowReactive, useTemplateRef, watch } from "./vue.js";

const SLIP = 1000; // ms after recording in which Enter in the empty field is a slip
const IDLE = 120000; // ms without typing after which the date is today again
const MINUS = /^\s*[-−–]\s*/;

export const RecordForm = {
  setup() {
    /* What is typed is kept as a draft until the outbox has it. */
    const keepDraft = (draft) => keep("sessionStorage", "draft", draft);
    const draft = kept("sessionStorage", "draft", {});
    const isRecent = Date.now() - draft.at < IDLE;
    const form = shallowReactive({
      balance: draft.balance || "",
      date: (isRecent && draft.date) || account.today,
      movedBack: Boolean(draft.balance && draft.date && !isRecent), // whether to today, by itself
      problem: null,
      saving: false,
    });

    /* The date of another day does not stay for long, so that nothing is recorded there by mistake. */
    let idle;
    function backToToday() {
      if (form.date === account.today) return;
      form.movedBack = form.balance !== "";
      form.date = account.today;
    }
    function waitForTyping() {
      clearTimeout(idle);
      idle = setTimeout(backToToday, IDLE);
    }
    waitForTyping();
    function typed() {
      const date = form.date === account.today ? "" : form.date;
      keepDraft({ balance: form.balance, date, at: Date.now() });
      Object.assign(form, { movedBack: false, problem: null });
      waitForTyping();
    }
    function chooseToday() {
      form.date = account.today;
      typed();
      day.value.focus();
    }
    watch(() => account.today, backToToday); // a new day

    /* What it is read as: the `amount`, or the `error`; an overdraft has a minus. */
    const read = computed(() => {
      const hasMinus = MINUS.test(form.balance);
      try {
        const amount = readRand(form.balance);
        return { amount, overdraft: hasMinus || amount.startsWith("-") };
      } catch (error) {
        return { error, overdraft: hasMinus };
      }
    });

    /* What is told of it: the day where it is an earlier one, its worth, and what that day has already. */
    const hint = computed(() => {
      const { amount } = read.value;
      if (!amount) return {};
      const { own, rate, today } = account;
      const day = shortDate(form.date, today);
      const there = own.filter((entry) => entry.date === form.date && entry.waiting !== "remove");
      const which = there.length === 1 ? "a second one" : "another one";
      return {
        day: form.date >= FIRST_DAY && form.date < today ? day : "",
        worth: rate ? decimal(inBitcoin(amount, rate.price)) : "",
        another: there.length ? `${day} has ${rand(there.at(-1).balance)} already; this is ${which}.` : "",
      };
    });

    /* The minus, which the keyboard of some phones lacks. */
    function turnSign() {
      const text = form.balance.replace(MINUS, "");
      if (text !== form.balance) form.balance = text;
      else form.balance = read.value.overdraft ? decimal(read.value.amount.slice(1)) : `−${text}`;
      typed();
    }

    /* Whoever comes to a minus by Tab goes on after it: what is typed would replace it. */
    function keepSign() {
      if (form.balance && !form.balance.replace(MINUS, "")) setTimeout(() => field.value.setSelectionRange(1, 1));
    }

    const field = useTemplateRef("field");
    const day = useTemplateRef("day");
    const remarks = useTemplateRef("remarks");
    const isWrong = (name) => form.problem?.errors.some((error) => error.field === name) ?? false;
    let cleared = -Infinity; // ms, when the amount went since it is recorded

    async function submit() {
      if (form.saving || (!form.balance && Date.now() - cleared < SLIP)) return;
      form.problem = read.value.error ?? wrongDate(day.value.validity);
      if (!form.problem) await record({ balance: read.value.amount, date: form.date });
      if (!form.problem || isTypingOutside(field.value.form)) return;
      (isWrong("date") ? day : field).value.focus();
      await nextTick();
      remarks.value.scrollIntoView({ block: "nearest" });
    }

    async function record(values) {
      const id = newKey();
      const name = words(values);
      const done = `Recorded ${name}`;
      form.saving = true;
      keepDraft({});
      try {
        await send({ call: "record", id, values, name, done, step: { said: done, call: "remove", id } });
        highlighted.value = { id };
        await clear(values);
      } catch (failure) {
        typed();
        form.problem = failure;
      }
      form.saving = false;
    }

    /* Once it is recorded, or waits to be: the amount goes, and the date stays for the next one. */
    async function clear(values) {
      if (read.value.amount === values.balance) {
        Object.assign(form, { balance: "", movedBack: false });
        keepDraft({});
      }
      cleared = Date.now();
      await nextTick();
      const inside = field.value.form.contains(document.activeElement);
      if (!inside && document.activeElement !== document.body) return;
      const series = values.date !== account.today;
      if (series || matchMedia("(pointer: fine)").matches) {
        field.value.focus({ preventScroll: true });
      } else {
        document.activeElement.blur(); // a phone's keyboard would hide the page
      }
    }

    /* A balance that waited and was refused comes back, once there is room for it. */
    watch(
      () => !form.balance && !form.saving && outbox.refused.find(({ call }) => call === "record"),
      async (write) => {
        if (!write || !(await take(write))) return;
        Object.assign(form, { balance: decimal(write.values.balance), date: write.values.date });
        typed();
        form.problem = write.refused;
      },
      { immediate: true },
    );

    /* After a fresh start, the form is what there is. */
    watch(
      () => account.balances.length === 0,
      async () => {
        await nextTick();
        if (document.activeElement === document.body) field.value.focus({ preventScroll: true });
      },
    );
    return { chooseToday, field, form, hint, isWrong, keepSign, outbox, read, submit, take, turnSign, typed };
  },
  template: /* html */ `
    <form class="record card screen" aria-labelledby="record" novalidate @submit.prevent="submit" @input="typed"
          @keydown.enter="$event.isComposing && $event.preventDefault()">
      <h2 id="record">{{ account.balances.length ? "Record a balance" : "Record your first balance" }}</h2>
      <p class="amount">
        <label for="balance">Balance</label>
        <span class="money">
          <button type="button" class="sign" data-repeatable aria-label="Overdraft" title="Overdraft: a balance below zero"
                  :aria-pressed="read.overdraft" @mousedown.prevent @click="turnSign">±</button>
          <input id="balance" ref="field" v-model.trim="form.balance" name="balance" required inputmode="decimal"
                 autocomplete="off" placeholder="0,00" :aria-invalid="isWrong('balance')"
                 aria-describedby="understood another error" @focus="keepSign" @input="field.scrollIntoView({ block: 'nearest' })">
        </span>
      </p>
      <p class="day">
        <label for="date">Date</label>
        <button v-if="form.date !== account.today" type="button" class="link" @click="chooseToday">Today</button>
        <input id="date" ref="day" v-model="form.date" name="date" type="date" required autocomplete="off"
               :min="FIRST_DAY" :max="account.today" :aria-invalid="isWrong('date')"
               :aria-describedby="isWrong('balance') ? 'moved' : 'moved error'">
      </p>
      <div class="hint label">
        <p v-if="!form.problem" id="understood">
          <template v-if="read.amount">
            That is <b>{{ rand(read.amount) }}</b><template v-if="hint.day"> on {{ hint.day }}</template><template v-if="hint.worth"> · {{ hint.worth }} BTC</template>
          </template>
          <template v-else-if="!form.balance">Type it as you like: 1234.56 or 1 234,56</template>
        </p>
        <p v-if="hint.another" id="another">{{ hint.another }}</p>
        <p id="moved" role="status">{{ form.movedBack ? "The date is today’s again." : "" }}</p>
      </div>
      <button class="main" :aria-disabled="form.saving"><span v-if="form.saving">Saving…</span><span v-else>Record<span class="long"> balance</span></span></button>
      <div ref="remarks" class="remarks label">
        <p id="error" class="error" role="alert">{{ form.problem?.message }}</p>
        <p v-for="write in outbox.refused" :key="write.key" class="error">
          {{ write.said }} <button type="button" class="link" @click="take(write)">Close</button>
        </p>
        <p v-if="account.waiting.length" class="unsent">
          {{ counted(account.waiting.length, "change waits", "changes wait") }} to be sent.
          <template v-if="account.waiting.some(({ n }) => !n)">This browser does not keep them: leave this page open until they are sent.</template>
        </p>
        <p v-if="outbox.elsewhere.length" class="unsent">
          Not sent, as this is another history: <template v-for="(write, index) in outbox.elsewhere">{{ index ? "; " : "" }}{{ write.name }}</template>.
          <button type="button" class="link" @click="take(...outbox.elsewhere)">Discard</button>
        </p>
      </div>
    </form>
  `,
};
