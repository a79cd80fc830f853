/* What stands in the place of chart and table while there is no balance. */
export const EmptyState = {
  props: {
    undoable: String, // the step that can be taken back
  },
  emits: ["import", "key", "undo"],
  template: /* html */ `
    <section class="empty card">
      <svg class="smiley" aria-hidden="true"><use href="#smiley"></use></svg>
      <h1>Your history starts with one number</h1>
      <p>
        Record what your account holds today. From the second balance on, a chart and the change
        appear here.
      </p>
      <p class="choices">
        <button type="button" class="quiet" @click="$emit('import')">Import a statement…</button>
        <button type="button" class="quiet" @click="$emit('key')">Use a key…</button>
      </p>
      <p v-if="undoable"><button type="button" class="link" @click="$emit('undo')">Undo: {{ undoable }}</button></p>
    </section>
  `,
};
