/* What this browser keeps for the page: choices, drafts, steps that can be undone, the last history, and
 * what waits to be sent. Where it keeps nothing, all of it lasts until the page is reloaded. */
import { ref, watch } from "./vue.js";

const PREFIX = "good-bank-";

/* Return what is kept under a name, else what stands for nothing. */
export function kept(storage, name, nothing) {
  try {
    return JSON.parse(window[storage].getItem(PREFIX + name)) ?? nothing;
  } catch {
    return nothing;
  }
}

/* Keep a value of JSON under a name, in "localStorage" or "sessionStorage". */
export function keep(storage, name, value) {
  try {
    window[storage].setItem(PREFIX + name, JSON.stringify(value));
  } catch {
    // This browser keeps nothing.
  }
}

/* Return a ref of a choice that this browser remembers. */
export function remembered(name, choice) {
  const chosen = ref(kept("localStorage", name, choice));
  watch(chosen, (value) => keep("localStorage", name, value));
  return chosen;
}

/* The history as it was last seen, for a start without a network. On a computer that others use, the
 * visitor can have nothing kept. */
export const keptHistory = () => kept("localStorage", "history", null);
export const forgetHistory = () => keep("localStorage", "history", null);

/* Keep a history in the place of the one before. */
export function keepHistory(history) {
  forgetHistory(); // also where there is no space for the new one
  if (!keepsNothing()) keep("localStorage", "history", history);
}

/* Tell whether the visitor wants nothing kept on this device. */
export const keepsNothing = () => kept("localStorage", "keep-nothing", false);

export function keepNothing(chosen) {
  keep("localStorage", "keep-nothing", chosen);
  if (chosen) forgetHistory();
}

let database; // a promise

function openDatabase() {
  return new Promise((resolve, reject) => {
    const request = window.indexedDB.open("good-bank", 1);
    request.onupgradeneeded = () => request.result.createObjectStore("writes", { keyPath: "n", autoIncrement: true });
    request.onerror = () => {
      database = undefined;
      reject(request.error);
    };
    request.onsuccess = () => {
      request.result.onclose = () => (database = undefined); // the browser took it away
      resolve(request.result);
    };
  });
}

/* Carry out an operation of IndexedDB's on the writes that wait to be sent, numbered `n` in their order:
 * "getAll", "add", "put" or "delete". Rejects where this browser keeps nothing, or no more. */
export async function writes(operation, value) {
  database ??= openDatabase();
  const transaction = (await database).transaction("writes", "readwrite", { durability: "strict" });
  const request = transaction.objectStore("writes")[operation](value);
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}
