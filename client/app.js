/* The page: what is known (state), what a visitor can do (actions), shown by index.html. */
import { fetchHistory, record, startFresh } from "./api.js";
import { age, bitcoin, rand, uuid } from "./format.js";

const REFRESH = 60000; // ms between two looks at the rate

await libraries;
const { computed, createApp, onMounted, ref } = Vue;

createApp({
  setup() {
    const balances = ref([]);
    const rate = ref(null);
    const loaded = ref(false);
    const pending = ref(false);
    const balance = ref("");
    const error = ref("");
    const said = ref(""); // told to a screen reader, and shown
    const now = ref(0); // ms, by the server's clock
    const input = ref(null);
    const dialog = ref(null);

    const sampled = computed(() => balances.value.some((entry) => entry.sample));
    const own = computed(() => balances.value.filter((entry) => !entry.sample).length);
    const rateAge = computed(() => age((now.value - Date.parse(rate.value.as_of)) / 1000));

    let ahead = 0; // ms that the server's clock is ahead of ours
    let turn = 0; // counts requests: an answer that a later request has overtaken is not shown
    let attempt = {}; // the balance that is being sent, and the key that names it

    async function ask(request) {
      const mine = ++turn;
      const history = await request();
      if (mine !== turn) return;
      balances.value = history.balances;
      rate.value = history.rate;
      ahead = history.at - Date.now();
      tick();
      loaded.value = true;
    }

    /* Carry out one action at a time; show what it answers or why it failed, tell which it was. */
    async function act(request, success) {
      pending.value = true;
      error.value = said.value = "";
      try {
        await ask(request);
        said.value = success;
        return true;
      } catch (failure) {
        error.value = failure.message;
        return false;
      } finally {
        pending.value = false;
      }
    }

    const load = () => act(fetchHistory, "");

    /* Send the balance. Sent again after a failure, the same balance keeps its key. */
    async function submit() {
      if (pending.value) return;
      if (attempt.balance !== balance.value) attempt = { balance: balance.value, key: uuid() };
      const sent = attempt;
      if (await act(() => record(sent.balance, sent.key), "Your balance is recorded.")) {
        attempt = {};
        if (balance.value === sent.balance) balance.value = "";
      }
      input.value.focus();
    }

    function confirm() {
      dialog.value.returnValue = ""; // Escape leaves it as it is
      dialog.value.showModal();
    }

    async function confirmed() {
      if (dialog.value.returnValue !== "delete" || pending.value) return;
      await act(startFresh, "You start fresh: nothing is left of the old history.");
      input.value.focus();
    }

    function tick() {
      now.value = Date.now() + ahead;
    }

    /* Look at the rate again; where that fails, the page stays and the rate's age tells. */
    function refresh() {
      if (!document.hidden && !pending.value) ask(fetchHistory).catch(() => {});
    }

    onMounted(() => {
      document.getElementById("loading").remove();
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
      said,
      input,
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
