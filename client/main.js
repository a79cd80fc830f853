/* The start: the libraries, then the history, then the page. Until it is there, index.html shows its
 * shape. */
const PATIENCE = 1500; // ms after which a silent CDN counts as one that fails

function run(src, integrity) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    const crossOrigin = "anonymous";
    Object.assign(script, { src, integrity, crossOrigin, onload: resolve, onerror: reject });
    document.head.append(script);
  });
}

/* Run a library that the head of the page asks for: from the CDN, or, where that fails, sends other
 * bytes or is silent, this server's copy. */
async function runLibrary({ href, integrity, dataset: { global, local } }) {
  const silence = new Promise((_, reject) => setTimeout(reject, PATIENCE));
  try {
    await Promise.race([run(href, integrity), silence]);
  } catch {
    await run(local, integrity).catch(() => {
      throw new Error(
        `${global} came neither from cdn.jsdelivr.net nor from this server ` +
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
  await Promise.all(Array.from(document.querySelectorAll("link[data-global]"), runLibrary));
  const load = Promise.all([import("./app.js"), import("./account.js"), import("./vue.js")]);
  const [{ App }, account, { createApp }] = await load.catch((cause) => {
    throw new Error("its own scripts cannot be loaded", { cause });
  });
  await account.start();
  const app = createApp(App);
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
