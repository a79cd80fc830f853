/* The page: what is known (state), what a visitor can do (actions), shown by index.html. */
import { readRand } from "./amount.js";
import { fetchHistory, record, startFresh } from "./api.js";
import { age, bitcoin, rand, uuid } from "./format.js";

const REFRESH = 60000; // ms between two looks at the rate

await libraries;
const { computed, createApp, nextTick, onMounted, ref } = Vue;

createApp({
  setup() {
    const balances = ref([]);
    const rate = ref(null);
    const loaded = ref(false);
    const pending = ref(false);
    const balance = ref("");
    const error = ref("");
    const invalid = ref(false); // whether the error is about the balance in the field
    const said = ref(""); // told to a screen reader, and shown
    const now = ref(0); // ms, by the server's clock
    const input = ref(null);
    const last = ref(null);
    const dialog = ref(null);

    const sampled = computed(() => balances.value.some((entry) => entry.sample));
    const own = computed(() => balances.value.filter((entry) => !entry.sample).length);
    const understood = computed(() => {
      try {
        return rand(readRand(balance.value));
      } catch {
        return "";
      }
    });
    const rateAge = computed(() => age((now.value - Date.parse(rate.value.as_of)) / 1000));

    let ahead = 0; // ms that the server's clock is ahead of ours
    let turn = 0; // counts requests: an answer that a later request has overtaken is not shown
    let attempt = {}; // the amount that is being sent, and the key that names it

    async function ask(request) {
      const mine = ++turn;
      const history = await request();
      if (mine !== turn) return;
      balances.value = history.balances;
      rate.value = history.rate;
      ahead = history.at - Date.now();
      tick();
      if (!loaded.value) error.value = "";
      loaded.value = true;
    }

    /* Carry out one action at a time; show what it answers or why it failed, tell which it was. */
    async function act(request, success) {
      pending.value = true;
      error.value = said.value = "";
      invalid.value = false;
      try {
        await ask(request);
        said.value = success;
        return true;
      } catch (failure) {
        error.value = failure.message;
        invalid.value = Boolean(failure.refused);
        return false;
      } finally {
        pending.value = false;
      }
    }

    async function load() {
      await act(fetchHistory, "");
      document.getElementById("loading")?.remove();
    }

    /* Send the balance. Sent again after a failure, the same balance keeps its key. */
    async function submit() {
      if (pending.value) return;
      const typed = balance.value;
      const sent = await act(() => {
        const amount = readRand(typed);
        if (attempt.amount !== amount) attempt = { amount, key: uuid() };
        return record(amount, attempt.key);
      }, "Your balance is recorded.");
      if (sent) {
        attempt = {};
        if (balance.value === typed) balance.value = "";
      }
      returnToField();
    }

    /* Go on in the field, with what is said below it in view. */
    async function returnToField() {
      input.value.focus();
      await nextTick();
      last.value.scrollIntoView({ block: "nearest" });
    }

    function confirm() {
      if (pending.value) return;
      dialog.value.returnValue = ""; // Escape leaves it as it is
      dialog.value.showModal();
    }

    async function confirmed() {
      if (dialog.value.returnValue !== "delete") return;
      await act(startFresh, "You start fresh: nothing is left of the old history.");
      returnToField();
    }

    function tick() {
      now.value = Date.now() + ahead;
    }

    /* Look at the rate again; where that fails, the page stays and the rate's age tells. */
    function refresh() {
      if (!document.hidden && !pending.value) ask(fetchHistory).catch(() => {});
    }

    onMounted(() => {
      load();
      setInterval(tick, 1000);
      setInterval(refresh, REFRESH);
      document.addEventListener("visibilitychange", refresh);
    });

    return {
      balances,
      rate,
      loaded,
      pending,
      balance,
      error,
      invalid,
      understood,
      said,
      input,
      last,
      dialog,
      sampled,
      own,
      rateAge,
      load,
      submit,
      confirm,
      confirmed,
      rand,
      bitcoin,
    };
  },
}).mount("#app");
