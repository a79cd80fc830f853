/* Changing an entry in its row, and deleting it. */
import { attempt, note, pointed, tell, words } from "./activity.js";
import * as api from "./api.js";
import { act, history, own } from "./history.js";
import { reactive, ref, watch } from "./vue.js";

export function useEditing() {
  const id = ref(null); // of the entry that is being changed
  const error = ref(""); // why it could not be

  function edit(entryId) {
    if (othersWait()) return;
    id.value = entryId;
  }

  function leave() {
    id.value = null;
    error.value = "";
  }

  /* One entry is changed at a time. */
  function othersWait() {
    if (id.value === null) return false;
    tell("First save or cancel the balance that you are changing.", { failed: true });
    return true;
  }

  /* Another tab may delete the entry, or Undo take it back. */
  watch(own, (entries) => {
    if (id.value === null || entries.some((entry) => entry.id === id.value)) return;
    leave();
    tell("The balance that you were changing is no longer there.", { failed: true });
  });

  async function change(entry, values) {
    if (history.pending) return;
    try {
      await act(() => api.change(entry.id, values));
      tell(`Changed to ${words(values)}`);
      leave();
      pointed.value = { id: entry.id, scroll: true, focus: true };
    } catch (failure) {
      error.value = failure.message;
    }
  }

  /* Delete an entry; `next` is the id of the one to go on with. */
  async function remove(entry, next) {
    if (history.pending || othersWait()) return;
    const step = { said: `Deleted ${words(entry)}`, call: "restore", id: entry.id };
    note(step);
    if (await attempt(() => api.remove(entry.id), "")) tell(step.said, { step, next });
  }

  return reactive({ id, error, edit, leave, change, remove });
}
