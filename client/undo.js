/* The entries that were deleted in this tab, kept there so that undo outlives a reload. */
const KEY = "good-bank-deleted";

/* Given a ref of the entries that there are, tell which deleted one can be brought back. */
export function useUndo(entries) {
  const { computed, shallowRef, watch } = Vue;
  const deleted = shallowRef([]);
  try {
    deleted.value = JSON.parse(sessionStorage.getItem(KEY)) ?? [];
    watch(deleted, (list) => sessionStorage.setItem(KEY, JSON.stringify(list)));
  } catch {
    // This browser keeps nothing: undo lasts until the page is reloaded.
  }

  const undoable = computed(() =>
    deleted.value.findLast(({ id }) => !entries.value.some((entry) => entry.id === id)),
  );

  function forget({ id }) {
    deleted.value = deleted.value.filter((entry) => entry.id !== id);
  }

  /* Note an entry before it is deleted: the answer may be lost. */
  function note(entry) {
    forget(entry);
    deleted.value = [...deleted.value, entry];
  }

  function forgetAll() {
    deleted.value = [];
  }

  return { undoable, note, forget, forgetAll };
}
