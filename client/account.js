/* The store: the history as the server tells it, kept up to date, the same in every tab. */
import { fetchHistory } from "./api.js";
import { inBitcoin } from "./format.js";
import { forgetHistory, keepHistory, keptHistory } from "./kept-history.js";
import { computed, shallowReactive } from "./vue.js";

const MINUTE = 60000; // ms
const REFRESH = MINUTE; // between two looks at the server
const RETRY = 5000; // ms between two looks while it cannot be reached
const PATIENCE = 3000; // ms for the first answer, after which the history that is kept here is shown
const TOO_OLD = 120000; // ms after which a price counts as old, as on the server

export const account = shallowReactive({
  balances: [], // with what waits to be sent, marked so
  rate: null,
  today: "", // the server's date; without a line it goes on by this browser's days
  name: "", // of the history, "" where there is none
  replaced: false, // whether it took the place of another one, unasked
  emptied: false, // whether another device deleted all that was shown
  loaded: false,
  kept: 0, // ms, of when the history is that this browser had kept, while it is shown
  pending: false, // while an action of the visitor's is under way
  trouble: "", // why what is shown may be out of date
  answers: 0, // how many came
  age: 0, // of the price, in whole minutes
  old: false, // whether the last answer is
});

export const own = computed(() => account.balances.filter(({ sample }) => !sample));
export const samples = computed(() => account.balances.filter(({ sample }) => sample));

/* The present price, its `age` in whole minutes told in seconds; `stale` also where the server could not
 * be asked for a while. */
export const rate = computed(() => {
  if (!account.rate) return null;
  const { price, stale } = account.rate;
  return { price, age: account.age * 60, stale: stale || account.old || account.trouble !== "" };
});

let told = []; // the entries as the server told them
let waiting = []; // the writes that wait to be sent, see outbox.js
let ahead = 0; // ms that the server's clock is ahead of ours
let answered = 0; // ms, when the last answer came, by the server's clock
let answeredDay = ""; // the server's date then
let asked = 0; // counts the requests
let shown = 0; // the one whose answer is shown: an older answer is dropped
let refreshing = false;
let missed = false; // whether something may have changed that will not be shown
let expected = null; // the name of a history that another tab has opened in the place of this one
let ours = 0; // the last request whose answer may lack what was deleted in this browser
let whole = []; // the visitor's own entries in the last answer that had all
let emptied = ""; // the name of a history that another device has emptied: the next is no surprise
export const tabs = new BroadcastChannel("good-bank");

async function ask(request, adopt = "") {
  const mine = ++asked;
  const answer = await request();
  if (mine < shown) return answer;
  shown = mine;
  const { rate, today, name, partial } = answer;
  const other = account.name !== "" && name !== account.name;
  const added = partial && !other; // to what is shown
  const balances = added ? placed(answer.balances, told) : answer.balances;
  if (!adopt && name !== expected) {
    if (other) account.replaced ||= account.name !== emptied;
    else if (mine > ours && isGone(whole, balances)) {
      account.emptied = true;
      emptied = name;
    }
  }
  if (partial) missed = true; // the others may have changed, and the price
  whole = added ? whole : balances.filter(({ sample }) => !sample);
  ahead = answer.at - Date.now();
  answered = answer.at;
  answeredDay = today;
  told = balances;
  Object.assign(account, { rate, today, name, trouble: "", loaded: true, kept: 0 });
  account.balances = withWaiting();
  if (!partial) setTimeout(keepHistory, 0, answer, ahead); // once the page is drawn
  account.answers++;
  tick();
  return answer;
}

/* Carry out one action and show the history that it answers. With `adopt`, that takes the place of
 * the one shown, and the other tabs are told so in these words. Throws what api.js throws. */
export async function act(request, { adopt } = {}) {
  account.pending = true;
  ours = asked + 1;
  if (adopt) forgetHistory(); // also if the page is closed meanwhile
  try {
    const answer = await ask(request, adopt);
    if (adopt) tabs.postMessage({ name: answer.name, said: adopt });
    return answer;
  } catch (failure) {
    missed = true; // its answer may be lost
    if (failure.lost) ours = asked + 1;
    if (adopt) forgetHistory();
    throw failure;
  } finally {
    account.pending = false;
    tabs.postMessage("changed");
    if (missed) refresh();
  }
}

/* Show the history: the server's, or where that is silent, what this browser has kept of it. */
export async function start() {
  const first = refresh();
  await Promise.race([first, new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  const last = keptHistory();
  if (account.loaded || !last) return first;
  const { balances, rate, today, name, at } = last;
  account.trouble ||= "Good Bank has not answered yet.";
  ({ ahead } = last);
  answered = at;
  answeredDay = today;
  told = balances;
  Object.assign(account, { rate, today, name, kept: at - ahead, loaded: true });
  account.balances = withWaiting();
  return tick();
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

/* Tell the time, so that nothing is drawn again before it would look different. */
function tick() {
  const now = Date.now() + ahead;
  account.age = Math.max(0, Math.floor((now - Date.parse(account.rate?.as_of)) / MINUTE));
  account.old = now - answered > TOO_OLD;
  if (account.trouble && answeredDay) account.today = daysAfter(answeredDay, localDay(now) - localDay(answered));
}

const localDay = (time) => Math.floor((time / MINUTE - new Date(time).getTimezoneOffset()) / 1440);
const daysAfter = (date, days) => new Date(Date.parse(date) + days * 1440 * MINUTE).toISOString().slice(0, 10);

setInterval(tick, 1000);
setInterval(refresh, REFRESH);
setInterval(() => account.trouble && !refreshing && refresh(), RETRY);
tabs.addEventListener("message", ({ data }) => {
  if (data.name) expected = data.name;
  ours = asked + 1;
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

/* Tell whether there were entries, none of which is left. */
function isGone(before, entries) {
  const left = new Set(entries.map(({ id }) => id));
  return before.length > 0 && !before.some(({ id }) => left.has(id));
}

/* Show what waits to be sent. */
export function showWaiting(writes) {
  if (!writes.length && !waiting.length) return;
  waiting = writes;
  account.balances = withWaiting();
}

/* Return the entries as they will be; what is to be deleted stays until it is. */
function withWaiting() {
  return waiting.reduce((entries, { call, id, values }) => {
    const before = entries.find((entry) => entry.id === id);
    if (call === "record" ? before : !before) return entries;
    if (call === "remove") return entries.map((other) => (other === before ? { ...before, waiting: call } : other));
    const entry = { btc_then: null, rate_then: null, sample: false, ...before, id, ...values, waiting: call };
    entry.btc = account.rate && inBitcoin(entry.balance, account.rate.price);
    if (entry.date === before?.date) return entries.map((other) => (other === before ? entry : other));
    const others = entries.filter((other) => other !== before);
    return placed([entry], others);
  }, told);
}
