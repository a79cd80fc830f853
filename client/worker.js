/* The service worker: keeps the page's files, so that the page starts without a network, and sends what
 * was recorded without one after the page was closed. It touches no call of the page's to the API. The
 * server writes above what the page is: its `version`, its `files`, and the `libraries` of the CDN, each
 * with this server's copy. */
const PREFIX = "good-bank-page-";
const CACHE = PREFIX + PAGE.version;
const PATIENCE = 10000; // ms after which a silent server counts as one that fails
const HOME = self.registration.scope;

const withoutQuery = (address) => address.replace(/[?#].*/, "");

async function ask(address, options) {
  const answer = await fetch(address, options);
  if (!answer.ok) throw new Error(`${address} is answered with ${answer.status}`);
  return answer;
}

/* Ask for a file of this version; the server says so of no other. */
async function askForFile(address) {
  const answer = await ask(address);
  if (!answer.headers.get("Cache-Control").includes("immutable")) throw new Error("there is another version by now");
  return answer;
}

const askForLibrary = ({ href, local, integrity }) =>
  ask(href, { integrity, signal: AbortSignal.timeout(PATIENCE) }).catch(() => ask(local, { integrity }));

/* Keep this version, all of it or nothing. The page itself is kept last: a cache that has it is whole. */
async function keepVersion() {
  const page = await ask(HOME);
  if (!(await page.clone().text()).includes(`"client-${PAGE.version}/`))
    throw new Error("there is another version by now");
  const files = await Promise.all(PAGE.files.map(askForFile));
  const libraries = await Promise.all(PAGE.libraries.map(askForLibrary));
  await caches.delete(CACHE); // so that it is the newest, where the server has gone back to a version
  const cache = await caches.open(CACHE);
  await Promise.all(files.map((answer, index) => cache.put(PAGE.files[index], answer)));
  await Promise.all(libraries.map((answer, index) => cache.put(PAGE.libraries[index].href, answer)));
  await cache.put(HOME, page);
}

const versions = async () => (await caches.keys()).filter((name) => name.startsWith(PREFIX)); // the oldest first

async function forgetOlderVersions() {
  const names = await versions();
  await Promise.all(names.slice(0, names.indexOf(CACHE)).map((name) => caches.delete(name)));
}

/* Return the page of the newest version that is whole. So a reload shows a new version at once, while
 * this worker goes on for the pages that are open. */
async function newestPage() {
  for (const name of (await versions()).reverse()) {
    const page = await (await caches.open(name)).match(HOME, { ignoreVary: true });
    if (page) return page;
  }
  return undefined;
}

/* Answer with what is kept, else from the network, also where this browser has lost what it kept. */
async function answer(request, kept) {
  return (await kept().catch(() => undefined)) ?? fetch(request);
}

const settled = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/* Send what was recorded and waits in outbox.js, up to what may take the place of something, or was changed
 * since. It stays there for the page, which sends it again, under the same key, and tells what became of it.
 * Rejects where the server does not take it, and while a page is in view; the browser then tries again. */
async function sendRecorded() {
  const windows = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const pages = windows.filter(({ url }) => withoutQuery(url) === HOME);
  if (pages.some(({ visibilityState }) => visibilityState === "visible")) throw new Error("a page is in view");
  const opening = self.indexedDB.open("good-bank", 1);
  opening.onupgradeneeded = () => opening.transaction.abort(); // what waited is gone
  const database = await settled(opening);
  const outbox = () => database.transaction("writes", "readwrite", { durability: "strict" }).objectStore("writes");
  const writes = await settled(outbox().getAll());
  for (const { call, id, values, history, refused } of writes) {
    const isChanged = writes.some((write) => write.id === id && write.call !== "record");
    if (call !== "record" || refused || isChanged) break;
    const headers = { "Content-Type": "application/json", "Idempotency-Key": id, Prefer: "return=minimal" };
    if (history) headers["Good-Bank-History"] = history;
    const signal = AbortSignal.timeout(PATIENCE);
    const answer = await ask(`${HOME}api/update`, { method: "POST", headers, body: JSON.stringify(values), signal });
    const name = answer.headers.get("Good-Bank-History"); // a new one, once it was deleted or added to another
    if (name === history) continue;
    for (const write of writes.filter((each) => each.history === history)) {
      await settled(outbox().put(Object.assign(write, { history: name })));
    }
  }
}

self.addEventListener("install", (event) => event.waitUntil(keepVersion()));
self.addEventListener("activate", (event) => event.waitUntil(forgetOlderVersions()));
self.addEventListener("sync", (event) => event.waitUntil(navigator.locks.request("good-bank-outbox", sendRecorded)));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = withoutQuery(request.url);
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && address === HOME) event.respondWith(answer(request, newestPage));
  else if (address.startsWith(`${HOME}client-`) || PAGE.libraries.some(({ href }) => href === request.url)) {
    event.respondWith(answer(request, () => caches.match(request, { ignoreVary: true })));
  }
});
