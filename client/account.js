/* The store: the history as the server tells it, kept up to date, the same in every tab. */
import { fetchHistory, meanHistory, priced } from "./api.js";
import { inBitcoin } from "./format.js";
import { forgetHistory, keepHistory, keptHistory } from "./storage.js";
import { computed, reactive, ref, shallowRef, watch } from "./vue.js";

const MINUTE = 60000; // ms, also between two looks at the server
const RETRY = 5000; // ms between two looks while it cannot be reached
const PATIENCE = 3000; // ms for the first answer, after which the page says that there is none yet
const TOO_OLD = 120000; // ms after which an answer no longer vouches for its price

/* The answer that is shown: `balances`, `rate`, the server's date `today`, the `name` of the history, ""
 * where there is none; by the server's clock, in ms, it came `at`, and that clock is `ahead` of ours. */
const answer = shallowRef({ balances: [], rate: null, today: "", name: "", at: 0, ahead: 0 });
const clock = ref(Date.now()); // ms
const now = computed(() => clock.value + answer.value.ahead); // by the server's clock
const age = computed(() => Math.max(0, Math.floor((now.value - Date.parse(answer.value.rate?.as_of)) / MINUTE)));
const isAnswerOld = computed(() => now.value - answer.value.at > TOO_OLD);

export const account = reactive({
  stored: computed(() => answer.value.balances), // as the server told them
  balances: computed(() => account.waiting.reduce(withWrite, account.stored)), // what waits is marked so
  waiting: shallowRef([]), // the writes that wait to be sent, see outbox.js
  own: computed(() => account.balances.filter(({ sample }) => !sample)),
  samples: computed(() => account.balances.filter(({ sample }) => sample)),
  rate: computed(presentRate),
  today: computed(presentDay),
  name: computed(() => answer.value.name),
  loaded: computed(() => answer.value.at > 0),
  kept: false, // whether what is shown is what this browser had kept, until the server answers
  since: computed(() => answer.value.at - answer.value.ahead), // when what is shown was told, in ms
  replaced: false, // whether the history took the place of another one, unasked
  emptied: false, // whether another device deleted all that was shown
  joined: "", // the name of a history that another device has added to the one shown
  pending: false, // while an action of the visitor's is under way
  trouble: "", // why what is shown may be out of date
});

/* The price, its `age` in whole minutes told in seconds; `stale` also where the server could not be asked
 * for a while. */
function presentRate() {
  if (!answer.value.rate) return null;
  const { price, stale } = answer.value.rate;
  return { price, age: age.value * 60, stale: stale || isAnswerOld.value || account.trouble !== "" };
}

/* The server's date; without its answer it goes on by this browser's days. */
function presentDay() {
  const { today, at } = answer.value;
  if (!(account.trouble || account.kept) || !today) return today;
  const day = (time) => Math.floor((time / MINUTE - new Date(time).getTimezoneOffset()) / 1440);
  const later = (day(now.value) - day(at)) * 1440 * MINUTE;
  return new Date(Date.parse(today) + later).toISOString().slice(0, 10);
}

let asked = 0; // counts the requests
let shown = 0; // the one whose answer is shown: an older answer is dropped
let refreshing = false;
let missed = false; // whether something may have changed that will not be shown
let followed = null; // the name of a history that another tab has opened in the place of this one
let deletedUpTo = 0; // the last request whose answer may lack what this browser itself has deleted
let former = null; // what was shown when another history answered a record, until all of that is known
let emptiedName = ""; // of a history that was emptied or perhaps left, and does not go on: the next one is no surprise
export const tabs = new BroadcastChannel("good-bank");

async function ask(request, adopt = "") {
  const mine = ++asked;
  const told = await request();
  if (mine < shown) return told;
  shown = mine;
  const before = answer.value;
  const samePrice = told.rate?.price === before.rate?.price;
  const earlier = samePrice ? before.balances : priced(before.balances, told.rate).balances;
  const balances = told.partial ? told.balances.filter(isNew).reduce(placed, earlier) : told.balances;
  if (told.partial) {
    missed = true; // the others may have changed, and the price
    if (isOther(before, told)) former ??= before;
  } else {
    setNotices(former ?? before, told, adopt, mine > deletedUpTo);
    former = null;
  }
  clock.value = Date.now();
  answer.value = { ...told, balances, ahead: told.at - clock.value };
  Object.assign(account, { trouble: "", kept: false });
  if (!told.partial) setTimeout(keepHistory, 0, answer.value); // once the page is drawn
  return told;
}

const isOther = (before, after) => before.name !== "" && after.name !== before.name;

/* Say over the page what has become of the history that was shown. An action that was to `adopt` another one
 * clears all that is said. Entries that may be missing because this browser deleted them are no news. */
function setNotices(before, after, adopt, isNews) {
  const ids = new Set(after.balances.map(({ id }) => id));
  const own = before.balances.filter(({ sample }) => !sample);
  const isLeft = own.some(({ id }) => ids.has(id));
  const other = isOther(before, after);
  const surprise = other && before.name !== emptiedName;
  const none = { replaced: false, emptied: false, joined: "" };
  if (adopt || (other && after.name === followed)) Object.assign(account, none);
  else if (surprise && isLeft) Object.assign(account, none, { joined: before.name });
  else if (surprise) Object.assign(account, none, { replaced: true });
  else if (!other && isNews && isLeft) emptiedName = "";
  else if (!other && isNews && own.length) {
    Object.assign(account, none, { emptied: true });
    emptiedName = after.name;
  }
}

/* Carry out one action and show the history that it answers. With `adopt`, that takes the place of
 * the one shown, and the other tabs are told so in these words; `deletes` tells that balances may go. Throws
 * what api.js throws. */
export async function act(request, { adopt, deletes = Boolean(adopt) } = {}) {
  account.pending = true;
  const before = account.name;
  const isUnsure = deletes || deletedUpTo > asked; // whether an answer may lack what this browser deleted
  let told;
  if (isUnsure) deletedUpTo = asked + 1;
  const forget = () => adopt && navigator.onLine && forgetHistory(); // offline nothing is sent
  forget(); // also if the page is closed meanwhile
  try {
    told = await ask(request, adopt);
    if (adopt && told.name !== before) tabs.postMessage({ before, name: told.name, said: adopt });
    return told;
  } catch (failure) {
    missed = true; // its answer may be lost
    if (failure.lost && adopt) emptiedName = account.name; // by this browser, perhaps
    forget();
    throw failure;
  } finally {
    account.pending = false;
    if (isUnsure && told?.partial !== false) deletedUpTo = asked + 1; // the next look tells
    tabs.postMessage("changed");
    if (missed) refresh();
  }
}

/* Show the history: at once what this browser has kept of it, then the server's. */
export async function showHistory() {
  const first = refresh();
  const last = keptHistory();
  if (!last) return first;
  answer.value = last;
  account.kept = true;
  setTimeout(() => account.kept && (account.trouble ||= "Good Bank has not answered yet."), PATIENCE);
  return last;
}

/* Look at the server again. Where that fails, what is shown stays, and the page says so. */
export async function refresh() {
  missed = account.pending || refreshing;
  const isWanted = !account.loaded || (account.trouble && account.waiting.length); // also behind another tab
  if (missed || (document.hidden && !isWanted)) return;
  const mine = asked + 1;
  refreshing = true;
  try {
    await ask(fetchHistory);
  } catch ({ message }) {
    if (mine >= shown) account.trouble = navigator.onLine ? message : "You are offline.";
    if (mine <= deletedUpTo) deletedUpTo = asked + 1;
  } finally {
    refreshing = false;
    if (missed) refresh();
  }
}

watch(() => account.name, meanHistory, { flush: "sync" });
setInterval(() => (clock.value = Date.now()), 1000);
setInterval(refresh, MINUTE);
setInterval(() => account.trouble && !refreshing && refresh(), RETRY);
tabs.addEventListener("message", ({ data }) => {
  if (data === "sent") return; // the outbox's, after what has changed was told
  if (data.name) {
    followed = data.name;
    account.joined = "";
  }
  deletedUpTo = asked + 1;
  refresh();
});
document.addEventListener("visibilitychange", refresh);
window.addEventListener("online", refresh);
window.addEventListener("offline", refresh);

/* Tell whether an entry is not shown yet: it may come with the answer to a repeat. */
const isNew = ({ id }) => !answer.value.balances.some((entry) => entry.id === id);

/* Put an entry among others: after the last of its day, as the server does. */
function placed(entries, entry) {
  const before = entries.findLastIndex(({ date }) => date <= entry.date);
  return entries.toSpliced(before + 1, 0, entry);
}

/* Return the entries as they will be once a write is sent; what is to be deleted stays until then. */
function withWrite(entries, { call, id, values }) {
  const at = entries.findIndex((entry) => entry.id === id);
  const before = entries[at];
  const adds = call === "record" || (call === "restore" && before?.waiting !== "remove");
  if (adds === Boolean(before)) return entries;
  const unknown = { btc_then: null, rate_then: null, sample: false };
  const entry = { ...unknown, ...before, id, ...values, waiting: call };
  const { rate } = answer.value;
  entry.btc = rate && inBitcoin(entry.balance, rate.price);
  if (call === "change") {
    if (entry.date !== before.date) entry.rate_then = null; // not known here
    entry.btc_then = entry.rate_then && inBitcoin(entry.balance, entry.rate_then);
  }
  if (entry.date === before?.date) return entries.with(at, entry);
  const others = entries.filter((other) => other !== before);
  return placed(others, entry);
}
