/* Let the browser do something else before the next piece of work; with "user-blocking", the next
 * piece comes before the next frame. A timeout set within another one waits 4 ms, so it is for the
 * browsers that know no other way. */
export const pause = (priority = "user-visible") =>
  window.scheduler?.postTask(() => {}, { priority }) ?? new Promise(setTimeout);
