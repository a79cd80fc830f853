/* The start: the libraries, the history, then the page. Until it is there, index.html shows its
 * shape. */
const PATIENCE = 1500; // ms after which a silent CDN counts as one that fails

function run(src, integrity) {
  return new Promise((onload, onerror) => {
    const script = document.createElement("script");
    document.head.append(Object.assign(script, { src, integrity, crossOrigin: "anonymous", onload, onerror }));
  });
}

/* Run a library that the head of the page asks for: from the CDN, or, where that fails, sends other
 * bytes or is silent, this server's copy. */
async function runLibrary(name) {
  const { href, integrity, dataset } = document.querySelector(`link[data-name="${name}"]`);
  const silence = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    await Promise.race([run(href, integrity), silence]);
  } catch {
    await run(dataset.local, integrity).catch(() => {
      throw new Error(
        `${name} came neither from cdn.jsdelivr.net nor from this server ` +
          "(if it is yours: with npm installed, “make run” fetches a local copy)",
      );
    });
  }
}

/* Say over the page what went wrong, beside a link that loads it again. */
function tellFailure(error) {
  const failure = document.getElementById("failure");
  failure.querySelector("span").textContent = error.message;
  failure.hidden = false;
}

/* The key of a link that opens a history stands behind its `#`, which browsers send to no server. It
 * is taken out of the address bar at once, so that nobody reads or copies it there. */
function takeLinkedKey() {
  const { hash, pathname, search } = window.location;
  const [, key] = /^#key=(.+)$/.exec(hash) ?? [];
  if (key) window.history.replaceState(window.history.state, "", pathname + search);
  return key;
}

/* What each of the browsers that Good Bank needs has, and none of those before. */
const isRecent = () =>
  window.CSS.supports("color", "color-mix(in srgb, red, blue)") && window.matchMedia("(width > 0px)").matches;

async function start() {
  if (!isRecent()) {
    throw new Error(
      "this browser is too old. Good Bank needs Chrome or Edge 111, Firefox 115, Safari 16.4, or a newer one",
    );
  }
  let linkedKey = takeLinkedKey();
  await Promise.all([runLibrary("axios"), runLibrary("Vue")]);
  const modules = ["account.js", "app.js", "format.js", "vue.js"].map((name) => import(`./${name}`));
  const [{ account, showHistory }, { App }, format, { createApp }] = await Promise.all(modules).catch((cause) => {
    throw new Error("its own scripts cannot be loaded", { cause });
  });
  await showHistory();
  const app = createApp(App);
  // Every template knows the store, and how amounts and dates are written.
  Object.assign(app.config.globalProperties, { account, ...format });
  app.config.errorHandler = (error) => {
    window.reportError(error); // for the console
    tellFailure(error);
  };
  const page = app.mount("#app");

  function openLinkedKey() {
    if (linkedKey) page.open("key-use", { linkedKey });
  }
  window.addEventListener("hashchange", () => {
    linkedKey = takeLinkedKey();
    openLinkedKey();
  });
  openLinkedKey();
  // From the next visit on, the page starts without a network; where it cannot, it goes on as it did.
  navigator.serviceWorker?.register("worker.js").catch(() => {});
}

start().catch((error) => {
  document.getElementById("app").replaceChildren();
  tellFailure(error);
});
