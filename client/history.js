/* The history as the server tells it: fetched, kept up to date, the same in every tab. */
import { fetchHistory } from "./api.js";

const REFRESH = 60000; // ms between two looks at the server
const RETRY = 5000; // ms between two looks while it cannot be reached

export function useHistory() {
  const { computed, onMounted, ref, shallowRef } = Vue;
  const history = shallowRef({ balances: [], rate: null, today: "" });
  const loaded = ref(false);
  const pending = ref(false); // while an action of the visitor's is under way
  const trouble = ref(""); // why what is shown may be out of date
  const now = ref(Date.now()); // ms, by the server's clock

  const balances = computed(() => history.value.balances);
  const own = computed(() => balances.value.filter((entry) => !entry.sample));
  const sampled = computed(() => balances.value.some((entry) => entry.sample));
  const tracked = computed(() => (own.value.length ? own.value : balances.value)); // never a mixture

  let ahead = 0; // ms that the server's clock is ahead of ours
  let turn = 0; // counts requests: an answer that a later request has overtaken is not shown
  let missed = false; // whether another tab changed something during an action
  const tabs = new BroadcastChannel("good-bank");

  async function ask(request) {
    const mine = ++turn;
    const answer = await request();
    if (mine !== turn) return answer;
    if (answer.balances !== balances.value || answer.today !== history.value.today) {
      history.value = answer;
    }
    ahead = answer.at - Date.now();
    tick();
    trouble.value = "";
    loaded.value = true;
    document.getElementById("start")?.remove();
    return answer;
  }

  /* Carry out one action and show the history that it answers, unless it is a dry run.
   * Throws what api.js throws. */
  async function act(request, { dryRun = false } = {}) {
    pending.value = true;
    try {
      return await (dryRun ? request() : ask(request));
    } finally {
      pending.value = false;
      if (!dryRun) tabs.postMessage("changed"); // also after a failure: its answer may be lost
      if (missed) refresh();
    }
  }

  /* Look at the server again. Where that fails, what is shown stays, and the page says so. */
  async function refresh() {
    missed = pending.value;
    if (missed || (document.hidden && loaded.value)) return;
    const mine = turn + 1;
    try {
      await ask(fetchHistory);
    } catch (failure) {
      if (mine !== turn) return;
      trouble.value = loaded.value
        ? "Good Bank cannot be reached, so this may be out of date. It catches up by itself."
        : failure.message;
      document.getElementById("start")?.remove();
    }
  }

  function tick() {
    now.value = Date.now() + ahead;
  }

  onMounted(() => {
    refresh();
    setInterval(tick, 1000);
    setInterval(refresh, REFRESH);
    setInterval(() => trouble.value && refresh(), RETRY);
    tabs.addEventListener("message", refresh);
    document.addEventListener("visibilitychange", refresh);
    window.addEventListener("online", refresh);
    window.addEventListener("offline", refresh);
  });

  return {
    balances,
    rate: computed(() => history.value.rate),
    today: computed(() => history.value.today),
    loaded,
    pending,
    trouble,
    now,
    own,
    sampled,
    tracked,
    act,
    refresh,
  };
}
