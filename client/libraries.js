/* Asks for the page's scripts once its shape is painted, which they would delay, and runs the
 * libraries, Vue and axios. */
const UNSEEN = 1000; // ms until the scripts are asked for in a tab in the background
const PATIENCE = 5000; // ms before a silent CDN counts as one that fails

/* Run the libraries; what is returned is kept once all are there. They come from the CDN, or, where
 * it fails, sends other bytes or takes too long, from this server. The modules ask for them last, so
 * that they do not run while the others arrive. */
function libraries() {
  const links = document.querySelectorAll("link[data-global]");
  return Promise.all(Array.from(links, library));
}

function library({ href, integrity, dataset: { global, local } }) {
  return new Promise((resolve) => {
    let copied = false;
    function run(src, onerror) {
      const script = document.createElement("script");
      const onload = () => setTimeout(resolve); // what waits for it has a task of its own
      Object.assign(script, { src, integrity, crossOrigin: "anonymous", onload, onerror });
      document.head.append(script);
    }
    function runCopy() {
      if (copied || global in window) return;
      copied = true;
      run(local, () =>
        complain(
          `${global} came neither from cdn.jsdelivr.net nor from this server ` +
            "(if it is yours: with npm installed, “make run” fetches a local copy)",
        ),
      );
    }
    run(href, runCopy);
    setTimeout(runCopy, PATIENCE);
  });
}

function complain(what) {
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => complain(what));
    return;
  }
  const loading = document.getElementById("loading");
  loading.textContent = `Good Bank cannot start: ${what}. Check your connection and reload.`;
  loading.className = "notice";
  document.getElementById("app").replaceChildren(loading);
}

function askForScripts() {
  const later = document.getElementById("later");
  if (!later) return; // it has been done
  later.remove();
  // To make a date field takes a third of the first frame, so it is a text field until now.
  setTimeout(() => (document.getElementById("date").type = "date"));
  // To start a request takes a while, so each has a task of its own.
  for (const element of [...later.content.children]) {
    if (element.type === "module") {
      element.onerror = () => complain("its own scripts cannot be loaded");
    }
    setTimeout(() => document.head.append(element));
  }
}
new PerformanceObserver(askForScripts).observe({ type: "paint", buffered: true });
document.addEventListener("DOMContentLoaded", () => setTimeout(askForScripts, UNSEEN));
