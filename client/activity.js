/* The store of what the visitor does: what is told of it, and how it is taken back. */
import * as api from "./api.js";
import { rand, shortDate } from "./format.js";
import { act, history, own, tabs } from "./history.js";
import { useUndo } from "./undo.js";
import { shallowRef, watch } from "./vue.js";

/* What was done: `said` in words, whether it `failed`, the `step` that Undo would take back, and the
 * id of the entry to go on with, `next`. */
export const toast = shallowRef({ said: "" });

/* The entry that the table points out: its `id`, whether to `scroll` to it, to `focus` it. */
export const pointed = shallowRef(null);

export const { undoable, note, forget, forgetAll } = useUndo(own);

export const tell = (said, more) => (toast.value = { said, ...more });

/* Name an entry: 25 Nov, R 1 234,56. */
export const words = ({ date, balance }) => `${shortDate(date, history.today)}, ${rand(balance)}`;

/* Carry out an action; say that it is done, or why not. Return whether it is. */
export async function attempt(request, done, options) {
  try {
    await act(request, options);
    tell(done);
    return true;
  } catch (error) {
    tell(error.message, { failed: true });
    return false;
  }
}

/* Take a step back. */
export async function undo(step) {
  if (history.pending) return;
  try {
    await act(() => api[step.call](step.id));
    tell(`Undone: ${step.said[0].toLowerCase()}${step.said.slice(1)}`);
    if (step.call === "restore") pointed.value = { id: step.id, scroll: true, focus: true };
  } catch (error) {
    tell(error.message, { failed: true });
    if (error.status !== 404) return;
  }
  forget(step);
}

/* Delete everything. */
export async function startFresh() {
  if (history.pending) return;
  const adopt = "Everything was deleted in another tab.";
  if (await attempt(api.startFresh, "Everything is deleted.", { adopt })) forgetAll();
}

tabs.addEventListener("message", ({ data }) => {
  if (!data.said) return;
  tell(data.said);
  forgetAll();
});
watch(
  () => history.replaced,
  (replaced) => replaced && forgetAll(),
);
