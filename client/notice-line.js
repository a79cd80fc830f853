/* A line over the page about something that is wrong. It pushes the page down and covers nothing. */
export const NoticeLine = {
  props: {
    action: String, // what the button does, none where it is empty
    closable: Boolean,
    offline: Boolean,
  },
  emits: ["act", "close"],
  template: /* html */ `
    <div class="notice">
      <svg aria-hidden="true"><use :href="offline ? '#offline' : '#warning'"></use></svg>
      <p role="alert"><slot></slot></p>
      <button v-if="action" type="button" class="link" @click="$emit('act')">{{ action }}</button>
      <button v-if="closable" type="button" class="icon" aria-label="Close" @click="$emit('close')">✕</button>
    </div>
  `,
};
