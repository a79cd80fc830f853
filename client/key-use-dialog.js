/* Opens the history of a key in this browser. What the browser has already is asked about first. */
import { account, act, own } from "./account.js";
import { dropSteps, tell } from "./activity.js";
import { fetchKeyDay, openHistory } from "./api.js";
import { ExportLinks, ModalDialog } from "./dialog.js";
import { counted, fullDate } from "./format.js";
import { ref, useTemplateRef } from "./vue.js";

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
    const made = ref(); // when a key of the history here was made; null where there is none
    const busy = ref(false);
    const problem = ref("");
    const field = useTemplateRef("field");

    /* Open the history. Sent again after a lost answer, it moves nothing twice. */
    async function open() {
      if (busy.value || account.pending) return;
      busy.value = true;
      problem.value = "";
      const merge = fate.value === "add";
      const adopt = "Another history was opened in another tab.";
      try {
        await act(() => openHistory(key.value, merge), { adopt });
        emit("close");
        tell(`The history is open: ${counted(own.value.length)}.`);
        account.replaced = false;
        if (!merge) dropSteps(); // what was done in the history before cannot be undone here
      } catch (error) {
        const perhaps = "Perhaps it was opened: trying again does no more.";
        problem.value = error.lost ? `${error.message} ${perhaps}` : error.message;
        if (error.status === 403) field.value.focus(); // where the problem is told
      }
      busy.value = false;
    }

    /* Look when a key was made; where that cannot be told, the words say so. */
    async function look() {
      made.value = await fetchKeyDay().catch(() => undefined);
    }
    look();
    return { key, fate, readable, made, busy, problem, open, account, own, counted, fullDate };
  },
  template: /* html */ `
    <ModalDialog class="key" :title="linkedKey ? 'Open the history of this link?' : 'I have a key'" @close="$emit('close')">
      <form id="use-key" class="use" @submit.prevent="open">
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
        <fieldset v-if="own.length">
          <legend>This browser has {{ counted(own.length) }}. What becomes of {{ own.length === 1 ? "it" : "them" }}?</legend>
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
