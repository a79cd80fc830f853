/* Asks before everything is deleted, and offers the export first. */
import { account, own, samples } from "./account.js";
import { dropSteps, perform } from "./activity.js";
import * as api from "./api.js";
import { ExportLinks, ModalDialog } from "./dialog.js";
import { counted } from "./format.js";
import { discard } from "./outbox.js";

export default {
  components: { ExportLinks, ModalDialog },
  emits: ["close"],
  setup(_, { emit }) {
    async function startFresh() {
      if (account.pending) return;
      emit("close");
      const adopt = "Everything was deleted in another tab.";
      if (!(await perform(api.startFresh, "Everything is deleted.", { adopt }))) return;
      dropSteps();
      discard();
    }
    return { account, counted, own, samples, startFresh };
  },
  template: /* html */ `
    <ModalDialog class="small" title="Start fresh?" @close="$emit('close')">
      <template v-if="own.length">
        <p>
          This deletes {{ own.length === 1 ? "the one balance" : "all " + counted(own.length) }} here and on every
          device that uses your key<template v-if="samples.length">, and the samples</template>. It cannot be undone.
        </p>
        <h3 id="first">Export it first</h3>
        <p class="choices" role="group" aria-labelledby="first"><ExportLinks /></p>
      </template>
      <p v-else>This removes the samples. You have recorded no balance yet.</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus @click="close">Keep my history</button>
        <button type="button" class="main danger" :aria-disabled="account.pending" @click="startFresh">
          {{ own.length ? "Delete " + counted(own.length) : "Remove the samples" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
