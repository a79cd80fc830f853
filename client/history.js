/* The history as the server tells it: fetched, kept up to date, the same in every tab. */
import { fetchHistory } from "./api.js";

const REFRESH = 60000; // ms between two looks at the server
const RETRY = 5000; // ms between two looks while it cannot be reached

export function useHistory() {
  const { computed, ref, shallowRef } = Vue;
  const history = shallowRef({ balances: [], rate: null, today: "" });
  const loaded = ref(false);
  const pending = ref(false); // while an action of the visitor's is under way
  const trouble = ref(""); // why what is shown may be out of date
  const now = ref(Date.now()); // ms, by the server's clock

  const balances = computed(() => history.value.balances);
  const rate = computed(() => history.value.rate);
  const own = computed(() => balances.value.filter((entry) => !entry.sample));
  const sampled = computed(() => balances.value.some((entry) => entry.sample));
  const tracked = computed(() => (own.value.length ? own.value : balances.value)); // never a mixture

  let ahead = 0; // ms that the server's clock is ahead of ours
  let asked = 0; // counts the requests
  let shown = 0; // the one whose answer is shown: what an earlier one answers is out of date
  let looking = false; // while the server is asked for the history
  let missed = false; // whether something may have changed that will not be shown
  const tabs = new BroadcastChannel("good-bank");

  async function ask(request) {
    const mine = ++asked;
    const answer = await request();
    if (mine < shown) return answer;
    shown = mine;
    if (answer.partial) {
      missed = true; // the others may have changed, and the price at which they are shown
      history.value = { ...answer, balances: placed(answer.balances, balances.value) };
    } else if (answer.balances !== balances.value || answer.today !== history.value.today) {
      history.value = answer;
    }
    ahead = answer.at - Date.now();
    tick();
    trouble.value = "";
    loaded.value = true;
    return answer;
  }

  /* Carry out one action and show the history that it answers, unless it is a dry run.
   * Throws what api.js throws. */
  async function act(request, { dryRun = false } = {}) {
    pending.value = true;
    try {
      return await (dryRun ? request() : ask(request));
    } catch (failure) {
      missed = true; // its answer may be lost
      throw failure;
    } finally {
      pending.value = false;
      if (!dryRun) tabs.postMessage("changed");
      if (missed) refresh();
    }
  }

  /* Look at the server again. Where that fails, what is shown stays, and the page says so. */
  async function refresh() {
    missed = pending.value || looking;
    if (missed || (document.hidden && loaded.value)) return;
    const mine = asked + 1;
    looking = true;
    try {
      await ask(fetchHistory);
    } catch (failure) {
      if (mine < shown) return;
      trouble.value = loaded.value
        ? `${failure.message} What is shown may be out of date; it catches up by itself.`
        : failure.message;
    } finally {
      looking = false;
      if (missed) refresh();
    }
  }

  function tick() {
    now.value = Date.now() + ahead;
  }

  setInterval(tick, 1000);
  setInterval(refresh, REFRESH);
  setInterval(() => trouble.value && !looking && refresh(), RETRY);
  tabs.addEventListener("message", refresh);
  document.addEventListener("visibilitychange", refresh);
  window.addEventListener("online", refresh);
  window.addEventListener("offline", refresh);

  return {
    balances,
    rate,
    today: computed(() => history.value.today),
    loaded,
    pending,
    trouble,
    now,
    own,
    sampled,
    tracked,
    tabs,
    act,
    refresh,
  };
}

/* Put new entries among others: each after the last of its day, as the server does. */
function placed(added, entries) {
  const result = [...entries];
  for (const entry of added) {
    if (entries.some(({ id }) => id === entry.id)) continue; // a repeat
    const before = result.findLastIndex(({ sample, date }) => sample || date <= entry.date);
    result.splice(before + 1, 0, entry);
  }
  return result;
}
