/* The history as it was last seen, kept in this browser for a start without a network; the next one
 * takes its place. On a computer that others use, the visitor can have nothing kept. */
import { keep, kept } from "./storage.js";

const [HISTORY, NOTHING] = ["history", "keep-nothing"];

/* Tell whether the visitor wants nothing kept on this device. */
export const keepsNothing = () => kept("localStorage", NOTHING, false);

export function keepNothing(chosen) {
  keep("localStorage", NOTHING, chosen);
  if (chosen) forgetHistory();
}

/* Keep an answer of fetchHistory, and how many ms the server's clock is ahead of ours. */
export function keepHistory(answer, ahead) {
  forgetHistory(); // also where there is no space for the new one
  if (!keepsNothing()) keep("localStorage", HISTORY, { ...answer, ahead });
}

export const keptHistory = () => kept("localStorage", HISTORY, null);

export function forgetHistory() {
  keep("localStorage", HISTORY, null);
}
