/* Over the table: which balances are samples, and how to be rid of them. */
import { counted } from "./format.js";

export const SamplesStrip = {
  props: {
    samples: Number,
    own: Number,
    shown: Boolean, // beside one's own
  },
  emits: ["update:shown", "remove"],
  setup: () => ({ counted }),
  template: /* html */ `
    <div class="strip">
      <p v-if="!own">These {{ counted(samples) }} are samples. They step aside once you record your own.</p>
      <p v-else-if="shown">{{ samples }} of these {{ counted(samples + own) }} are samples.</p>
      <p v-else>{{ samples }} samples are hidden.</p>
      <button v-if="own" type="button" class="link" @click="$emit('update:shown', !shown)">
        {{ shown ? "Hide" : "Show" }}
      </button>
      <button type="button" class="link" @click="$emit('remove')">Remove samples</button>
    </div>
  `,
};
