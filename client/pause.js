/* Let the browser do something else before the next piece of work. A timeout set within another
 * one waits 4 ms, so it is for the browsers that know no other way. */
export const pause = () => window.scheduler?.postTask(() => {}) ?? new Promise(setTimeout);
