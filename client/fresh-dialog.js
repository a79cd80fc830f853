/* Asks before everything is deleted, and offers the export first. */
import { startFresh } from "./api.js";
import { ExportLinks, ModalDialog, useCall } from "./dialog.js";
import { end } from "./outbox.js";
import { tell } from "./toast.js";
import { nextTick } from "./vue.js";

export default {
  components: { ExportLinks, ModalDialog },
  emits: ["close"],
  setup(_, { emit }) {
    const { busy, call, problem } = useCall();

    /* It may have to wait for what is being sent. Until it is done nothing is recorded, or that would go too. */
    const deleteAll = () =>
      call(async () => {
        await end(startFresh, "Everything was deleted in another tab.");
        emit("close");
        tell("Everything is deleted.");
        await nextTick();
        document.getElementById("balance").focus({ preventScroll: true }); // the form is what there is
      }, "Perhaps everything was deleted.");
    return { busy, deleteAll, problem };
  },
  template: /* html */ `
    <ModalDialog class="small" title="Start fresh?" aria-describedby="loss" :may-close="() => !busy" @close="$emit('close')">
      <template v-if="account.own.length">
        <p id="loss">
          This deletes {{ account.own.length === 1 ? "the one balance" : "all " + counted(account.own.length) }} here and on every
          device that uses your key<template v-if="account.samples.length">, and the samples</template>. It cannot be undone.
        </p>
        <h3 id="first">Export it first</h3>
        <p class="choices" role="group" aria-labelledby="first"><ExportLinks /></p>
      </template>
      <p v-else id="loss">This removes the samples. You have recorded no balance yet.</p>
      <p v-if="problem" class="error" role="alert">{{ problem }}</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus :aria-disabled="busy" @click="close">Keep my history</button>
        <button type="button" class="main danger" :aria-disabled="busy" @click="deleteAll">
          {{ busy ? "Deleting…" : account.own.length ? "Delete " + counted(account.own.length) : "Remove the samples" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
