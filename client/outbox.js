/* What the visitor does to balances, and how it is undone. To record, to change and to delete are writes:
 * each is kept in this browser before it is sent, then sent in order until the server has answered, across
 * reloads and tabs. Repeats do no harm: a new entry's id is its Idempotency-Key, and to change or delete
 * twice is to do it once. */
import { account, act, tabs } from "./account.js";
import * as api from "./api.js";
import { rand, shortDate } from "./format.js";
import { keep, kept, keepsNothing, writes as stored } from "./storage.js";
import { highlighted, tell, tellFailure } from "./toast.js";
import { computed, shallowReactive, shallowRef, watch } from "./vue.js";

const PATIENCE = 5000; // ms for an answer, after which the page goes on and the write counts as waiting
const [RETRY, LONGEST] = [1000, 30000]; // ms until it is sent again: twice as long each time
const REPEATABLE = [408, 425, 429]; // errors of the client's that a repeat may mend
const ELSEWHERE = 412; // the error where this browser has another history by now

/* The writes that were refused, or belong to another history. Those that wait are in the store, and one
 * whose `send` is under way is in neither. A write has a `key` of its own, the function of api.js that it
 * `call`s, the `id` of an entry and its new `values`, its `name` in words, what is said once it is `done`,
 * the `step` that undoes it, the `next` entry to go on with, the name of the `history` it belongs to, the
 * time in ms `until` which its own tab awaits the answer and tells it, and, once the server has `refused`
 * it, why. */
export const outbox = shallowReactive({
  refused: [], // what the server did not do, each `said` in words
  elsewhere: [], // what belongs to another history
});

const ownKeys = new Set(); // of this tab's writes
const awaited = new Map(); // those of them whose `send` is under way, by key
const told = new Set(); // the keys of writes that were done, and told so, in this tab
const ended = new Set(); // the names of histories that were deleted or left, in this tab or another
let unkept = kept("sessionStorage", "outbox", []); // the writes that this browser cannot or is not to keep: without `n`
let failures = 0; // since something was sent
let timer;
let turn = Promise.resolve();

/* Name an entry: 25 Nov, R 1 234,56. */
export const words = ({ date, balance }) => `${shortDate(date, account.today)}, ${rand(balance)}`;

const lower = (sentence) => sentence[0].toLowerCase() + sentence.slice(1);

async function all() {
  const writes = await stored("getAll").catch(() => []);
  return [...writes, ...unkept];
}

async function add(write) {
  const keepInTab = () => setUnkept([...unkept, write]);
  if (keepsNothing()) keepInTab();
  else await stored("add", write).catch(keepInTab);
}

/* Where that fails, it is sent again. */
async function drop({ n, key }) {
  setUnkept(unkept.filter((write) => write.key !== key));
  if (n) await stored("delete", n).catch(() => {});
}

/* Keep writes as long as this tab, so that a reload loses none, unless the visitor wants nothing kept. */
function setUnkept(list) {
  unkept = list;
  keep("sessionStorage", "outbox", keepsNothing() ? [] : list);
}

/* Let the outbox be changed by one tab at a time. Without locks, on plain http, the server sorts it out. */
function inTurn(work) {
  if (navigator.locks) return navigator.locks.request("good-bank-outbox", work);
  turn = turn.then(work, work);
  return turn;
}

/* Tell whether a write belongs to this history, the first one where it was made before there was any. */
const isOf = ({ history }, name) => !history || history === name;
const isHere = (write) => isOf(write, account.name);

/* Tell whether an entry is being changed, deleted or brought back already: a second press does no more. */
export const isUnderWay = ({ call, id }) =>
  [...awaited.values()].some((write) => write.call === call && write.id === id);

/* Tell whether it is for this tab to say what became of a write: at first it is for the one that made it. */
const isOurs = ({ key, until = 0 }) => ownKeys.has(key) || until < Date.now();

async function show() {
  const writes = (await all()).filter(({ key }) => !awaited.has(key));
  const here = writes.filter(isHere);
  const refused = here.filter((write) => write.refused && isOurs(write));
  if (here.some((write) => write.refused && !refused.includes(write))) setTimeout(show, PATIENCE);
  account.waiting = here.filter((write) => !write.refused);
  outbox.refused = refused.map((write) => ({ ...write, said: `Not ${lower(write.done)}. ${write.refused.message}` }));
  outbox.elsewhere = writes.filter((write) => !isHere(write));
}

/* Wait until nothing else is under way, such as an import. */
async function idle() {
  if (account.pending) await new Promise((resolve) => watch(() => account.pending, resolve, { once: true }));
}

/* Send what waits, until an answer is lost; then try again later, or once the server answers again. */
function flush() {
  clearTimeout(timer);
  return inTurn(async () => {
    const sent = new Set(); // by key
    const losses = []; // what took the place of another device's, told again with what follows
    if (account.joined) await follow(account.joined);
    for (;;) {
      await idle();
      const write = (await all()).find((each) => !each.refused && isHere(each) && !sent.has(each.key));
      if (!write) break;
      if (!(await attempt(write, losses))) {
        timer = setTimeout(() => account.trouble || flush(), Math.min(RETRY * 2 ** failures++, LONGEST));
        wakeWorker();
        break;
      }
      sent.add(write.key);
      failures = 0;
      tabs.postMessage("sent");
      if (write.history && !isHere(write)) await follow(write.history);
    }
    await show();
  });
}

/* Have worker.js send what was recorded once there is a line, in browsers that can, also after the page
 * was closed. */
function wakeWorker() {
  navigator.serviceWorker?.ready.then(({ sync }) => sync?.register("outbox")).catch(() => {});
}

/* What waits for a history that is gone belongs to the present one: another device has added it to that, or
 * deleted it, and a write has begun the new one. */
async function follow(gone) {
  for (const write of (await all()).filter(({ history }) => history === gone)) {
    const moved = { ...write, history: account.name };
    if (write.n) await stored("put", moved).catch(() => {}); // then the next time
    setUnkept(unkept.map((each) => (each === write ? moved : each)));
  }
  await show();
}

/* Say what a change takes the place of, or a deletion takes away, where that is not what its person saw. A
 * deletion has no values: it takes both. */
function overwritten({ call, id, values = { date: "", balance: "" }, step }) {
  const there = call !== "record" && step && account.stored.find((entry) => entry.id === id);
  const isNews = (name) => ![values[name], step.values[name]].includes(there[name]);
  return there && Object.keys(values).some(isNews) ? `, which another device had made ${words(there)}` : "";
}

/* Send a write. Return whether the server has answered what becomes of it. */
async function attempt(write, losses) {
  const { call, id, values, step, next } = write;
  const loss = overwritten(write);
  const done = [...losses, write.done + loss].join(". ");
  try {
    const { balances } = await act(() => api[call](id, values), { deletes: call === "remove" });
    await drop(write);
    if (!isOurs(write)) return true;
    told.add(write.key);
    if (loss) losses.push(write.done + loss);
    if (call !== "record" || balances.some((entry) => entry.id === id)) tell(done, { step, next });
    else tell(`${done}, and deleted since.`, { failed: true });
  } catch ({ status, message, errors }) {
    if (!status || status >= 500 || REPEATABLE.includes(status) || status === ELSEWHERE) return false;
    await drop(write); // done, if the answer to an earlier deletion was lost
    if (call !== "remove" || status !== 404) await add({ ...write, refused: { status, message, errors } });
  }
  return true;
}

/* Keep a write and send it. Return whether the server has carried it out: else it waits, and the page
 * says so. Throws an Error with `errors`, as api.js does, where the server refuses it, or the history was
 * deleted or left meanwhile. */
export async function send(write) {
  const key = api.newKey();
  const history = account.name;
  ownKeys.add(key);
  awaited.set(key, write);
  await add({ ...write, key, history, until: Date.now() + PATIENCE });
  await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  awaited.delete(key);
  const left = (await all()).find((each) => each.key === key);
  if (!left) {
    if (told.has(key)) return true;
    const reason = "The history was deleted or left meanwhile, so this is not saved.";
    if (history && ended.has(history)) throw Object.assign(new Error(reason), { errors: [] });
    tell(write.done, { step: write.step, next: write.next }); // another tab has sent it
    return true;
  }
  if (left.refused) {
    await drop(left);
    throw Object.assign(new Error(left.refused.message), left.refused);
  }
  tell(`Waiting to be sent: ${write.name}`, { step: write.step });
  await show();
  return false;
}

/* Take writes out of the outbox. Return whether all were still there: another tab may have taken them. */
export const take = (...writes) =>
  inTurn(async () => {
    const keys = (await all()).map(({ key }) => key);
    for (const write of writes) await drop(write);
    await show();
    return writes.every(({ key }) => keys.includes(key));
  });

/* Carry out what deletes the history or leaves it, while no tab sends. What waits for it goes with it, and
 * what could be undone. `adopt` is as for `act`. */
export const end = (request, adopt) =>
  inTurn(async () => {
    await idle();
    const { name } = account;
    await act(request, { adopt });
    ended.add(name);
    dropSteps();
    for (const write of await all()) if (isOf(write, name)) await drop(write);
    await show();
  });

/* The steps of this tab, kept there so that undo outlives a reload. A step is what was done in words
 * (`said`), and the call of api.js that takes it back (`call`, with `id` and `values`). How the history
 * looks after it: a change made `made` of the entry; an import `added` an entry of this date and balance. */
const steps = shallowRef(kept("sessionStorage", "undo", []));
watch(steps, (list) => keep("sessionStorage", "undo", list));

/* Tell whether the history is as the step left it: else its answer was lost and it was not carried out,
 * or it is undone already, or the entry was changed since. */
function canUndo({ call, id, made, added }) {
  const find = (wanted) => account.own.find((entry) => entry.id === wanted);
  if (call === "showSamples") return !account.samples.length;
  if (call === "restore") return (find(id)?.waiting ?? "remove") === "remove";
  if (call === "change") return Object.keys(made).every((name) => find(id)?.[name] === made[name]);
  return !added || account.own.some(({ date, balance }) => date === added.date && balance === added.balance);
}

/* What a step does, in one text: it may be a copy, from the outbox, or another one for the same import. */
const whatOf = ({ call, id, values, made }) => JSON.stringify([call, id, values, made]);

/* The step that can be taken back next. */
export const undoable = computed(() => steps.value.findLast(canUndo));

/* Add a step before it is taken: the answer may be lost. The Undo of the one before goes, for it would be
 * taken for this one's. */
export function addStep(step) {
  tell("");
  steps.value = [...steps.value, step];
}

export function dropSteps() {
  steps.value = [];
}

/* Take a step back, unless what it made was changed since, here or elsewhere. */
export async function undo(step) {
  const { said, call, id, values, count } = step;
  const isWrite = ["remove", "change", "restore"].includes(call);
  if (isWrite && isUnderWay(step)) return;
  if (!isWrite && account.pending) {
    tell("Something is still being saved. Undo again once that is done.", { step });
    return;
  }
  const done = `Undone: ${lower(said)}`;
  if (call === "change" && !canUndo(step)) {
    tell("This balance was changed or deleted since, so nothing is undone.", { failed: true });
    return;
  }
  try {
    if (isWrite) {
      await send({ call, id, values, name: `undo of “${said}”`, done });
      if (call !== "remove") highlighted.value = { id, scroll: true, focus: true };
    } else {
      const before = account.own.length;
      await act(() => api[call](id), { deletes: true });
      const gone = before - account.own.length;
      const stay = gone ? `Undone: ${gone} of ${count} balances.` : "Nothing is left to undo.";
      tell(gone < count ? `${stay} Those corrected or deleted since stay so.` : done);
    }
  } catch (error) {
    tellFailure(error);
    if (error.status !== 404) return;
  }
  const what = whatOf(step);
  steps.value = steps.value.filter((other) => whatOf(other) !== what);
}

watch(() => [account.since, account.name], show);
watch(
  () => account.name,
  (name) => ended.delete(name), // somebody has come back to it
);
watch(
  () => !account.trouble && account.name,
  (name) => name && flush(),
);
watch(
  () => account.replaced || account.emptied,
  (gone) => gone && dropSteps(),
);
tabs.addEventListener("message", ({ data }) => {
  show();
  if (!data.said) return;
  ended.add(data.before);
  tell(data.said);
  dropSteps();
});
