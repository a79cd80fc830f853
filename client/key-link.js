/* A link that opens a history: the key stands behind its `#`, which browsers send to no server. It is
 * taken out of the address bar as soon as the page's scripts run, so that nobody reads or copies it
 * there; it is kept nowhere else. This module needs no other, so it runs before Vue is there. */
let linked = "";

function take() {
  const [, key] = /^#key=(.+)$/.exec(window.location.hash) ?? [];
  if (!key) return;
  linked = key;
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, "", pathname + search);
}

take();

/* Hand the key of a link to `use`: of the one that opened the page, and of each that follows. */
export function onLinkedKey(use) {
  const pass = () => {
    if (linked) use(linked);
    linked = "";
  };
  window.addEventListener("hashchange", () => {
    take();
    pass();
  });
  pass();
}
