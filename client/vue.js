/* Vue's functions, once its script has run: no other module waits for a global by itself. */
await libraries();
export const {
  compile,
  computed,
  createApp,
  defineAsyncComponent,
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
