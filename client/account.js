/* The store: the history as the server tells it, kept up to date, the same in every tab. */
import { fetchHistory } from "./api.js";
import { computed, shallowReactive } from "./vue.js";

const REFRESH = 60000; // ms between two looks at the server
const RETRY = 5000; // ms between two looks while it cannot be reached
const TOO_OLD = 120000; // ms after which a price counts as old, as on the server

export const account = shallowReactive({
  balances: [],
  rate: null,
  today: "", // the server's date
  name: "", // of the history, "" where there is none
  replaced: false, // whether it took the place of another one, unasked
  loaded: false,
  pending: false, // while an action of the visitor's is under way
  trouble: "", // why what is shown may be out of date
  answers: 0, // how many came
  answered: 0, // ms, when the last one came, by the server's clock
  now: 0, // ms, by the server's clock
});

export const own = computed(() => account.balances.filter(({ sample }) => !sample));
export const samples = computed(() => account.balances.filter(({ sample }) => sample));

/* The entries that headline, chart and table tell of: no mixture. */
export const tracked = computed(() => (own.value.length ? own.value : samples.value));

/* The present price, `stale` also where the server could not be asked for a while. */
export const rate = computed(() => {
  if (!account.rate) return null;
  const { price, as_of, stale } = account.rate;
  const old = account.trouble !== "" || account.now - account.answered > TOO_OLD;
  const age = Math.max(0, (account.now - Date.parse(as_of)) / 1000); // seconds
  return { price, age, stale: stale || old };
});

let ahead = 0; // ms that the server's clock is ahead of ours
let asked = 0; // counts the requests
let shown = 0; // the one whose answer is shown: an older answer is dropped
let refreshing = false;
let missed = false; // whether something may have changed that will not be shown
let expected = null; // the name of a history that another tab has opened in the place of this one
export const tabs = new BroadcastChannel("good-bank");

async function ask(request, adopt = "") {
  const mine = ++asked;
  const answer = await request();
  if (mine < shown) return answer;
  shown = mine;
  const other = account.name !== "" && answer.name !== account.name;
  if (other && !adopt && answer.name !== expected) account.replaced = true;
  if (answer.partial) missed = true; // the others may have changed, and the price
  const { rate, today, name } = answer;
  const balances = answer.partial && !other ? placed(answer.balances, account.balances) : answer.balances;
  ahead = answer.at - Date.now();
  Object.assign(account, { balances, rate, today, name });
  Object.assign(account, { answered: answer.at, trouble: "", loaded: true });
  account.answers++;
  tick();
  return answer;
}

/* Carry out one action and show the history that it answers. With `adopt`, that takes the place of
 * the one shown, and the other tabs are told so in these words. Throws what api.js throws. */
export async function act(request, { adopt } = {}) {
  account.pending = true;
  try {
    const answer = await ask(request, adopt);
    if (adopt) tabs.postMessage({ name: answer.name, said: adopt });
    return answer;
  } catch (failure) {
    missed = true; // its answer may be lost
    throw failure;
  } finally {
    account.pending = false;
    tabs.postMessage("changed");
    if (missed) refresh();
  }
}

/* Look at the server again. Where that fails, what is shown stays, and the page says so. */
export async function refresh() {
  missed = account.pending || refreshing;
  if (missed || (document.hidden && account.loaded)) return;
  const mine = asked + 1;
  refreshing = true;
  try {
    await ask(fetchHistory);
  } catch ({ message }) {
    if (mine >= shown) account.trouble = navigator.onLine ? message : "You are offline.";
  } finally {
    refreshing = false;
    if (missed) refresh();
  }
}

function tick() {
  account.now = Date.now() + ahead;
}

setInterval(tick, 1000);
setInterval(refresh, REFRESH);
setInterval(() => account.trouble && !refreshing && refresh(), RETRY);
tabs.addEventListener("message", ({ data }) => {
  if (data.name) expected = data.name;
  refresh();
});
document.addEventListener("visibilitychange", refresh);
window.addEventListener("online", refresh);
window.addEventListener("offline", refresh);

/* Put new entries among others: each after the last of its day, as the server does. */
function placed(added, entries) {
  const result = [...entries];
  for (const entry of added) {
    if (entries.some(({ id }) => id === entry.id)) continue; // a repeat
    const before = result.findLastIndex(({ date }) => date <= entry.date);
    result.splice(before + 1, 0, entry);
  }
  return result;
}
