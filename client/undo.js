/* The steps of this tab that can be undone, kept there so that undo outlives a reload. A step is
 * what was done in words (`said`), and the call of api.js that takes it back (`call`, `id`). Where the
 * answer was lost, it has an entry that it has `added`, if it was carried out. */
import { kept, keep } from "./storage.js";
import { computed, shallowRef, watch } from "./vue.js";

/* Given a ref of the entries that there are, tell which step can be taken back next. */
export function useUndo(entries) {
  const steps = shallowRef(kept("sessionStorage", "undo", []));
  watch(steps, (list) => keep("sessionStorage", "undo", list));

  const isThere = (id) => entries.value.some((entry) => entry.id === id);
  const undoable = computed(() =>
    steps.value.findLast(({ call, id, added }) =>
      call === "restore" ? !isThere(id) : !added || isThere(added),
    ),
  );

  function forget({ id }) {
    steps.value = steps.value.filter((step) => step.id !== id);
  }

  /* Note a step before it is taken: the answer may be lost. */
  function note(step) {
    forget(step);
    steps.value = [...steps.value, step];
  }

  function forgetAll() {
    steps.value = [];
  }

  return { undoable, note, forget, forgetAll };
}
