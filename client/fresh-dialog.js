/* Asks before everything is deleted, and offers the export first. */
import { counted } from "./format.js";
import { ModalDialog } from "./modal-dialog.js";

export const FreshDialog = {
  components: { ModalDialog },
  props: {
    own: Number, // balances that are no samples
    samples: Number,
    busy: Boolean, // with another action
  },
  emits: ["fresh", "close"],
  setup: () => ({ counted }),
  template: /* html */ `
    <modal-dialog class="small" title="Start fresh?" @close="$emit('close')">
      <template v-if="own">
        <p>
          This deletes {{ own === 1 ? "the one balance" : "all " + counted(own) }} here and on every
          device that uses your key<template v-if="samples">, and the samples</template>. It cannot be undone.
        </p>
        <p><a class="button quiet" href="api/balances.csv" download>
          <svg aria-hidden="true"><use href="#export"></use></svg> Export CSV first
        </a></p>
      </template>
      <p v-else>This removes the samples. You have recorded no balance yet.</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus @click="close">Keep my history</button>
        <button type="button" class="main danger" :aria-disabled="busy" @click="$emit('fresh')">
          {{ own ? "Delete " + counted(own) : "Remove the samples" }}
        </button>
      </template>
    </modal-dialog>
  `,
};
