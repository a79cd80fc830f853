/* The outbox: what the visitor records, changes and deletes. Each write is kept in this browser before it
 * is sent, then sent in order until the server has answered, across reloads and tabs. Repeats do no harm:
 * a new entry's id is its Idempotency-Key, and to change or delete twice is to do it once. */
import { account, act, showWaiting, tabs } from "./account.js";
import { tell } from "./activity.js";
import * as api from "./api.js";
import { keepsNothing } from "./kept-history.js";
import { writes as stored } from "./storage.js";
import { shallowReactive, watch } from "./vue.js";

const PATIENCE = 5000; // ms for an answer, after which the page goes on and the write counts as waiting
const [RETRY, LONGEST] = [1000, 30000]; // ms until it is sent again: twice as long each time
const REPEATABLE = [408, 425, 429]; // errors of the client's that a repeat may mend
const DONE = { record: "Recorded", change: "Changed to", remove: "Deleted" };
const REFUSED = { change: "Not changed to", remove: "Not deleted:" };

/* What is in the outbox, but for what its sender awaits. A write has a `key` of its own, the function of
 * api.js that it `call`s, the `id` of an entry and its new `values`, its `name` in words, the `step` that
 * undoes it, the `next` entry to go on with, the name of the `history` it belongs to, and, once the server
 * has `refused` it, why. */
export const outbox = shallowReactive({
  waiting: [],
  refused: [], // balances that were not recorded
  elsewhere: [], // what belongs to another history
  unkept: false, // whether some of it is lost when the page is left
  sending: false,
});

const awaited = new Set(); // keys
let unkept = []; // the writes that this browser cannot or is not to keep
let failures = 0; // since something was sent
let timer;
let turn = Promise.resolve();

async function all() {
  const kept = await stored("getAll").catch(() => []);
  return [...kept, ...unkept];
}

async function add(write) {
  if ((await all()).some(({ key }) => key === write.key)) return;
  if (keepsNothing()) unkept.push(write);
  else await stored("add", write).catch(() => unkept.push(write));
}

/* Where that fails, it is sent again. */
async function drop({ n, key }) {
  unkept = unkept.filter((write) => write.key !== key);
  if (n) await stored("delete", n).catch(() => {});
}

/* Let the outbox be changed by one tab at a time. Without locks, on plain http, the server sorts it out. */
function inTurn(work) {
  if (navigator.locks) return navigator.locks.request("good-bank-outbox", work);
  turn = turn.then(work, work);
  return turn;
}

/* A write made before the visitor had a history belongs to the first one. */
const isHere = ({ history }) => !history || history === account.name;

async function show() {
  const writes = (await all()).filter(({ key }) => !awaited.has(key));
  const here = writes.filter(isHere);
  outbox.waiting = here.filter(({ refused }) => !refused);
  outbox.refused = here.filter(({ refused, call }) => refused && call === "record");
  outbox.elsewhere = writes.filter((write) => !isHere(write));
  outbox.unkept = unkept.length > 0;
  showWaiting(outbox.waiting);
  for (const write of here.filter(({ refused, call }) => refused && call !== "record")) {
    await drop(write);
    tell(`${REFUSED[write.call]} ${write.name}. ${write.refused.message}`, { failed: true });
  }
}

/* Send what waits, until an answer is lost; then try again later, or once the server answers again. */
function flush() {
  clearTimeout(timer);
  return inTurn(async () => {
    for (const write of (await all()).filter((each) => isHere(each) && !each.refused)) {
      if (account.pending || !(await attempt(write))) {
        timer = setTimeout(() => account.trouble || flush(), Math.min(RETRY * 2 ** failures++, LONGEST));
        break;
      }
      failures = 0;
      tabs.postMessage("sent");
    }
    await show();
  });
}

/* Send a write. Return whether the server has answered what becomes of it. */
async function attempt(write) {
  const { call, id, values, name, step, next } = write;
  outbox.sending = true;
  try {
    const { balances } = await act(() => api[call](id, values));
    await drop(write);
    if (call !== "record" || balances.some((entry) => entry.id === id)) tell(`${DONE[call]} ${name}`, { step, next });
    else tell(`Recorded ${name}, and deleted since.`, { failed: true });
  } catch ({ status, message, errors }) {
    if (!status || status >= 500 || REPEATABLE.includes(status)) return false;
    await drop(write); // done, if the answer to an earlier deletion was lost
    if (call !== "remove" || status !== 404) await add({ ...write, refused: { message, errors } });
  } finally {
    outbox.sending = false;
  }
  return true;
}

/* Keep a write and send it. Return whether the server has carried it out: else it waits, and the page
 * says so. Throws an Error with `errors`, as api.js does, where the server refuses it. */
export async function send(write) {
  const { key = api.newKey(), name } = write;
  awaited.add(key);
  await add({ ...write, key, history: account.name });
  await Promise.race([flush(), new Promise((resolve) => setTimeout(resolve, PATIENCE))]);
  awaited.delete(key);
  const left = (await all()).find((each) => each.key === key);
  if (!left) return true;
  if (left.refused) {
    await drop(left);
    throw Object.assign(new Error(left.refused.message), left.refused);
  }
  tell(`Waiting to be sent: ${name}`);
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

/* Forget what waits, where its history is deleted or left. */
export const discard = async () => take(...(await all()));

watch([() => account.answers, () => account.name], show);
watch(
  () => account.name !== "" && account.trouble === "" && account.name,
  (name) => name && flush(),
);
tabs.addEventListener("message", show);
