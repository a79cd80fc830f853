/* Vue's functions. main.js loads this module once Vue's script has run, so that all modules have the
 * same Vue, also where the CDN answers after the local copy has taken its place. */
export const {
  computed,
  createApp,
  getCurrentInstance,
  nextTick,
  onBeforeUnmount,
  onMounted,
  onUnmounted,
  reactive,
  ref,
  shallowReactive,
  shallowRef,
  useTemplateRef,
  watch,
} = Vue;
