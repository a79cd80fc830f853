/* What this browser keeps for the page: choices, drafts, steps that can be undone. Where it keeps
 * nothing, all of it lasts until the page is reloaded. */
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
