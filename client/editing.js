/* Changing an entry in its row, and deleting it. */
import { attempt, note, pointed, tell, words } from "./activity.js";
import * as api from "./api.js";
import { act, history, own } from "./history.js";
import { reactive, ref, watch } from "./vue.js";

export function useEditing() {
  const id = ref(null); // of the entry that is being changed
  const error = ref(""); // why it could not be

  function edit(entryId) {
    id.value = entryId;
    error.value = "";
  }

  /* Another tab may delete the entry, or Undo take it back. */
  watch(own, (entries) => {
    if (id.value === null || entries.some((entry) => entry.id === id.value)) return;
    edit(null);
    tell("The balance that you were changing is no longer there.", { failed: true });
  });

  async function change(entry, values) {
    if (history.pending) return;
    try {
      await act(() => api.change(entry.id, values));
      tell(`Changed to ${words(values)}`);
      edit(null);
      pointed.value = { id: entry.id, scroll: true, focus: true };
    } catch (failure) {
      error.value = failure.message;
    }
  }

  async function remove(entry) {
    if (history.pending) return;
    const step = { said: `Deleted ${words(entry)}`, call: "restore", id: entry.id };
    note(step);
    if (await attempt(() => api.remove(entry.id), "")) tell(step.said, { step });
  }

  return reactive({ id, error, edit, change, remove });
}
