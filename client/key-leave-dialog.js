/* Has this browser forget the history, which stays where it is. */
import { account } from "./account.js";
import { leave } from "./api.js";
import { ExportLinks, ModalDialog, useCall, useKeyDay } from "./dialog.js";
import { end } from "./outbox.js";
import { keepNothing, keepsNothing, kept } from "./storage.js";
import { tell } from "./toast.js";
import { computed } from "./vue.js";

export default {
  components: { ExportLinks, ModalDialog },
  emits: ["open", "close"], // open: the name of another dialog
  setup(_, { emit }) {
    const { busy, call, problem } = useCall();
    const made = useKeyDay(); // where that is not known, the server refuses
    const untaken = account.name !== "" && kept("localStorage", "key-untaken", "") === account.name; // its key
    const insist = computed(() => account.own.length > 0 && (made.value === null || (made.value && untaken)));

    async function go() {
      const error = await call(async () => {
        await end(() => leave(insist.value), "This browser has left the history in another tab.");
        emit("close");
        tell("This browser has forgotten the history.");
      });
      if (error?.status !== 409) return;
      made.value = null;
      problem.value = "";
    }
    return { busy, go, insist, keepNothing, keepsNothing, made, problem };
  },
  template: /* html */ `
    <ModalDialog class="small" title="Leave this browser?" aria-describedby="loss" :may-close="() => !busy" @close="$emit('close')">
      <template v-if="insist">
        <p id="loss">
          {{ made ? "The key of this history was never copied here." : "No key opens this history." }}
          If this browser forgets it, nobody can open its {{ counted(account.own.length) }} again. Make a key first, or take
          the balances along.
        </p>
        <p class="choices">
          <button type="button" class="main" @click="$emit('open', 'key')">Make a key first…</button>
          <ExportLinks />
        </p>
      </template>
      <p v-else id="loss">
        This browser forgets the history, and nothing is deleted<template v-if="made">: the key made on
        {{ fullDate(made) }} opens it again. Without that key nobody can, so leave only if you have it</template>.
        Leave where others use the computer.
      </p>
      <p>
        <label class="option">
          <input type="checkbox" :checked="keepsNothing()" @change="keepNothing($event.target.checked)">
          Keep nothing on this device: without a connection, it shows no balances
        </label>
      </p>
      <p v-if="account.waiting.length" class="unsent">What waits to be sent is lost if this browser forgets the history now.</p>
      <p v-if="problem" class="error" role="alert">{{ problem }}</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus @click="close">Stay</button>
        <button type="button" :class="insist ? 'link danger' : 'main'" :aria-disabled="busy" @click="go">
          {{ insist ? "Leave anyway" : "Leave this browser" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
