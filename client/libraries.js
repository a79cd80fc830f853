/* Asks for the page's scripts once its shape is painted, which they would delay. The libraries, Vue
 * and axios, come from the CDN, or, where it fails, sends other bytes or takes too long, from this
 * server. Sets `libraries`, a promise that is kept once both are there. */
const UNSEEN = 1000; // ms until the scripts are asked for in a tab in the background
const PATIENCE = 5000; // ms before a silent CDN counts as one that fails

const libraries = new Promise((resolve) => {
  function useLocalCopy(script) {
    const copy = document.createElement("script");
    copy.src = script.dataset.local;
    copy.integrity = script.integrity;
    copy.dataset.copyOf = script.dataset.global;
    delete script.dataset.local;
    document.head.append(copy);
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

  // Neither event bubbles, so they are caught on their way down. What waits for the libraries
  // begins in a task of its own, so that the browser can do other things in between.
  document.addEventListener("load", () => window.Vue && window.axios && setTimeout(resolve), true);
  document.addEventListener(
    "error",
    ({ target }) => {
      if (target.dataset.local) {
        useLocalCopy(target);
      } else if (target.type === "module") {
        complain("its own scripts cannot be loaded");
      } else if (target.dataset.copyOf) {
        complain(
          `${target.dataset.copyOf} came neither from cdn.jsdelivr.net nor from this server ` +
            "(if it is yours: with npm installed, “make run” fetches a local copy)",
        );
      }
    },
    true,
  );

  function askForScripts() {
    const later = document.getElementById("later");
    if (!later) return; // it has been done
    later.remove();
    // To start a request takes a while, so each has a task of its own.
    for (const element of [...later.content.children]) {
      setTimeout(() => document.head.append(element));
    }
    setTimeout(() => {
      for (const script of document.querySelectorAll("script[data-local]")) {
        if (!(script.dataset.global in window)) useLocalCopy(script);
      }
    }, PATIENCE);
  }
  new PerformanceObserver(askForScripts).observe({ type: "paint", buffered: true });
  document.addEventListener("DOMContentLoaded", () => setTimeout(askForScripts, UNSEEN));
});
