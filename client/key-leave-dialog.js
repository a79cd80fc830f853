/* Has this browser forget the history, which stays where it is. */
import { account, act, own } from "./account.js";
import { dropSteps, tell } from "./activity.js";
import { fetchKeyDay, leave } from "./api.js";
import { ExportLinks, ModalDialog } from "./dialog.js";
import { counted, fullDate } from "./format.js";
import { discard } from "./outbox.js";
import { keepNothing, keepsNothing } from "./kept-history.js";
import { kept } from "./storage.js";
import { computed, ref } from "./vue.js";

export default {
  components: { ExportLinks, ModalDialog },
  emits: ["open", "close"], // open: the name of another dialog
  setup(_, { emit }) {
    const made = ref(); // when the key was made, null where there is none, undefined if not known
    const busy = ref(false);
    const problem = ref("");
    const untaken = account.name !== "" && kept("localStorage", "key-untaken", "") === account.name; // its key
    const insist = computed(() => own.value.length > 0 && (made.value === null || (made.value && untaken)));

    async function go() {
      if (busy.value || account.pending) return;
      busy.value = true;
      problem.value = "";
      const adopt = "This browser has left the history in another tab.";
      try {
        await act(() => leave(insist.value), { adopt });
        emit("close");
        tell("This browser has forgotten the history.");
        dropSteps();
        discard();
      } catch (error) {
        if (error.status === 409) made.value = null;
        else problem.value = error.message;
      }
      busy.value = false;
    }

    /* Look when a key was made; where that cannot be told, the server refuses to leave. */
    async function look() {
      made.value = await fetchKeyDay().catch(() => undefined);
    }
    look();
    return { made, busy, problem, insist, go, account, own, counted, fullDate, keepNothing, keepsNothing };
  },
  template: /* html */ `
    <ModalDialog class="small" title="Leave this browser?" @close="$emit('close')">
      <template v-if="insist">
        <p>
          {{ made ? "The key of this history was never copied here." : "No key opens this history." }}
          If this browser forgets it, nobody can open its {{ counted(own.length) }} again. Make a key first, or take
          the balances along.
        </p>
        <p class="choices">
          <button type="button" class="main" @click="$emit('open', 'key')">Make a key first…</button>
          <ExportLinks />
        </p>
      </template>
      <p v-else>
        This browser forgets the history, and nothing is deleted<template v-if="made">: the key made on
        {{ fullDate(made) }} opens it again. Without that key nobody can, so leave only if you have it</template>.
        Leave where others use the computer.
      </p>
      <p>
        <label>
          <input type="checkbox" :checked="keepsNothing()" @change="keepNothing($event.target.checked)">
          Keep nothing on this device: without a connection, it shows no balances
        </label>
      </p>
      <p v-if="problem" class="error" role="alert">{{ problem }}</p>
      <template #foot="{ close }">
        <button type="button" class="quiet" autofocus @click="close">Stay</button>
        <button type="button" :class="insist ? 'link danger' : 'main'" :aria-disabled="busy || account.pending" @click="go">
          {{ insist ? "Leave anyway" : "Leave this browser" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
