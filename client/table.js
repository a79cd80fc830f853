/* The table: which entries are searched for, and which rows of those are in the document.
 * A history of thousands scrolls and changes as quickly as one of ten, and prints whole. */
import { readRand } from "./amount.js";

const CHUNK = 50; // rows; up to three chunks are in the document at a time

/* Track a ref of entries, in order, in a ref to the box that scrolls them. */
export function useTable(entries, box) {
  const { computed, nextTick, reactive, ref, watch } = Vue;
  const query = ref("");
  const height = ref(45); // px of one row
  const chunk = ref(0); // the one that the box shows
  const printing = ref(false);

  const found = computed(() => {
    const wanted = query.value.replace(/[\sR]/gi, "").replace(",", ".").replaceAll("/", "-");
    if (!wanted) return entries.value;
    const amount = amountIn(query.value);
    return entries.value.filter(
      ({ date, balance }) =>
        date.includes(wanted) || balance.includes(wanted) || balance === amount,
    );
  });
  const first = computed(() => (printing.value ? 0 : Math.max(0, chunk.value - 1) * CHUNK));
  const rows = computed(() =>
    found.value.slice(first.value, printing.value ? undefined : (chunk.value + 2) * CHUNK),
  );

  function scroll() {
    if (!box.value) return; // it may tell of a scroll when it is gone
    const lowest = Math.ceil(found.value.length / CHUNK) - 1;
    const shown = Math.floor(box.value.scrollTop / height.value / CHUNK);
    chunk.value = Math.max(0, Math.min(shown, lowest));
  }

  /* Show the newest entries, of those that are found. */
  async function scrollToEnd() {
    await nextTick();
    box.value?.scrollTo(0, box.value.scrollHeight);
    scroll();
  }

  function measure() {
    height.value = box.value?.querySelector(".entry")?.offsetHeight || height.value;
  }

  /* Scroll so far that the entry is in view, if it is in the table. */
  async function show(id) {
    await nextTick();
    const row = found.value.findIndex((entry) => entry.id === id);
    if (row < 0 || !box.value) return; // it may not be there yet
    const middle = row * height.value - box.value.clientHeight / 2;
    box.value.scrollTop = Math.max(0, middle);
    scroll();
    await nextTick();
  }

  const resized = new ResizeObserver(() => {
    measure();
    scroll();
  });
  watch(box, (element) => {
    resized.disconnect();
    if (!element) return;
    resized.observe(element);
    measure();
    scrollToEnd();
  });
  watch(found, scroll, { flush: "post" });
  watch(chunk, async () => {
    const inside = box.value?.contains(document.activeElement);
    await nextTick();
    // The row that had the focus may be out of the document.
    if (inside && document.activeElement === document.body)
      box.value?.focus({ preventScroll: true });
  });
  window.addEventListener("beforeprint", () => (printing.value = true));
  window.addEventListener("afterprint", () => (printing.value = false));

  return reactive({
    query,
    found,
    first,
    rows,
    above: computed(() => first.value * height.value),
    below: computed(() => (found.value.length - first.value - rows.value.length) * height.value),
    scroll,
    scrollToEnd,
    show,
  });
}

function amountIn(text) {
  try {
    return readRand(text);
  } catch {
    return null;
  }
}
