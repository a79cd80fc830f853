/* Asks before everything is deleted, and offers the export first. */
import { startFresh } from "./api.js";
import { ExportLinks, ModalDialog } from "./dialog.js";
import { end } from "./outbox.js";
import { tell, tellFailure } from "./toast.js";

export default {
  components: { ExportLinks, ModalDialog },
  emits: ["close"],
  setup(_, { emit }) {
    async function deleteAll() {
      emit("close");
      try {
        await end(startFresh, "Everything was deleted in another tab.");
        tell("Everything is deleted.");
      } catch (error) {
        tellFailure(error);
      }
    }
    return { deleteAll };
  },
  template: /* html */ `
    <ModalDialog class="small" title="Start fresh?" aria-describedby="loss" @close="$emit('close')">
      <template v-if="account.own.length">
        <p id="loss">
          This deletes {{ account.own.length === 1 ? "the one balance" : "all " + counted(account.own.length) }} here and on every
          device that uses your key<template v-if="account.samples.length">, and the samples</template>. It cannot be undone.
        </p>
        <h3 id="first">Export it first</h3>
        <p class="choices" role="group" aria-labelledby="first"><ExportLinks /></p>
      </template>
      <p v-else id="loss">This removes the samples. You have recorded no balance yet.</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus @click="close">Keep my history</button>
        <button type="button" class="main danger" @click="deleteAll">
          {{ account.own.length ? "Delete " + counted(account.own.length) : "Remove the samples" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
