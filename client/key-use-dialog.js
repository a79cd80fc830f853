/* Opens the history of a key in this browser. What the browser has already is asked about first. */
import { account, act } from "./account.js";
import { openHistory } from "./api.js";
import { ExportLinks, ModalDialog, useCall, useKeyDay } from "./dialog.js";
import { counted } from "./format.js";
import { dropSteps } from "./outbox.js";
import { tell, tellFailure } from "./toast.js";
import { ref, useTemplateRef, watch } from "./vue.js";

export default {
  components: { ExportLinks, ModalDialog },
  props: {
    linkedKey: String, // of a link that was opened
  },
  emits: ["open", "close"], // open: the name of another dialog
  setup(props, { emit }) {
    const key = ref(props.linkedKey ?? "");
    const fate = ref(""); // of what is here: "add" or "leave"; nobody is led to either
    const readable = ref(false);
    const { busy, call, problem } = useCall();
    const field = useTemplateRef("field");
    const made = useKeyDay();
    watch(
      () => props.linkedKey,
      (linked) => (key.value = linked),
    );

    /* Open the history. Sent again after a lost answer, it moves nothing twice. */
    async function open() {
      if (account.pending) return;
      const merge = fate.value === "add";
      if (merge && account.waiting.length) {
        problem.value = "What waits to be sent comes first. Try again once it is sent.";
        return;
      }
      const adopt = "Another history was opened in another tab.";
      const error = await call(async () => {
        await act(() => openHistory(key.value, merge), { adopt });
        emit("close");
        tell(`The history is open: ${counted(account.own.length)}.`);
        if (!merge) dropSteps(); // what was done in the history before cannot be undone here
      }, "Perhaps it was opened: trying again does no more.");
      if (error && !field.value)
        tellFailure({ message: problem.value }); // the dialog has gone meanwhile
      else if (error?.status === 403) field.value.focus(); // where the problem is told
    }
    return { busy, fate, key, made, open, problem, readable };
  },
  template: /* html */ `
    <ModalDialog class="key" :title="linkedKey ? 'Open the history of this link?' : 'I have a key'" @close="$emit('close')">
      <form id="use-key" @submit.prevent="open">
        <p v-if="linkedKey">
          The link has a key. Open it only if it comes from you or from someone you trust: they see
          and can change what is in that history.
        </p>
        <p v-else>The key of a history opens it in this browser. Capitals, spaces and hyphens do not matter.</p>
        <input class="unseen" name="username" autocomplete="username" value="Good Bank" readonly tabindex="-1"
               aria-label="Name">
        <p class="entry-key">
          <label for="key">Key</label>
          <input id="key" ref="field" name="key" :type="readable ? 'text' : 'password'" v-model="key" required :autofocus="!linkedKey"
                 autocomplete="current-password" autocapitalize="characters" spellcheck="false"
                 :aria-invalid="problem !== ''" :aria-describedby="problem ? 'key-problem' : null">
          <button type="button" class="link" @click="readable = !readable">{{ readable ? "Hide" : "Show" }}<span class="unseen"> the key</span></button>
        </p>
        <p v-if="problem" id="key-problem" class="error" role="alert">{{ problem }}</p>
        <fieldset v-if="account.own.length">
          <legend>This browser has {{ counted(account.own.length) }}. What becomes of {{ account.own.length === 1 ? "it" : "them" }}?</legend>
          <label class="fate">
            <input type="radio" name="fate" value="add" v-model="fate" required>
            <span><b>Add to the opened history</b> Whoever has its key sees them. A key made for the balances here stops working.</span>
          </label>
          <label class="fate">
            <input type="radio" name="fate" value="leave" v-model="fate" required>
            <span v-if="made"><b>Leave</b> Only the key made on {{ fullDate(made) }} opens them again.</span>
            <span v-else-if="made === null"><b>Leave</b> No key was made for them, so nobody could open them again.</span>
            <span v-else><b>Leave</b> Unless a key was made for them, nobody could open them again.</span>
          </label>
          <p v-if="!made && fate === 'leave'" class="choices">
            <ExportLinks />
            <button type="button" class="quiet" @click="$emit('open', 'key')">Make a key first…</button>
          </p>
        </fieldset>
      </form>
      <template #foot="{ close }">
        <button type="button" class="quiet" @click="close">Cancel</button>
        <button type="submit" form="use-key" class="main" :aria-disabled="busy || account.pending">
          {{ busy ? "Opening…" : "Open the history" }}
        </button>
      </template>
    </ModalDialog>
  `,
};
