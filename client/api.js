/* The network: each call answers the history or a part of it, but for those on the key, or throws an
 * Error that a person understands. It has the `status`, the `errors` of the fields that the server
 * refused, the `columns` and `accounts` of a statement that was refused, and `lost` where no answer came, so that
 * the server may have done it or not. */
import { inBitcoin } from "./format.js";

const TIMEOUT = 30000; // ms, for all of an answer; a slow line needs some for a long history

let fetched = {}; // the history last fetched, and the ETag that names it
let meant = ""; // the name of the history that is shown

/* Say which history is shown. What would change another one is refused from then on: another tab may
 * have opened it, or this browser's cookies were cleared. */
export function meanHistory(name) {
  meant = name;
}

/* Send a request; return what `read` makes of the answer. */
async function send(request, read) {
  const online = navigator.onLine; // else nothing is sent
  try {
    const headers = { "Good-Bank-History": meant || undefined, ...request.headers };
    return read(await axios({ timeout: TIMEOUT, ...request, headers }));
  } catch (failure) {
    const { status, data } = failure.response ?? {};
    throw Object.assign(new Error(reason(failure), { cause: failure }), {
      status,
      errors: data?.errors ?? [],
      columns: data?.columns ?? [],
      accounts: data?.accounts ?? [],
      lost: online && !failure.response,
    });
  }
}

/* `known` is the history as last fetched, for a request that asks for what is new alone. */
const call = (request, known) =>
  send(request, ({ data, headers, status }) => {
    const minimal = headers["preference-applied"] === "return=minimal";
    const history = status === 304 ? known : known && minimal ? priced(known.balances, data.rate) : data;
    if (!Array.isArray(history?.balances)) throw new Error("this is no history");
    if (headers.etag) fetched = { history, etag: headers.etag };
    return {
      ...history,
      name: historyName(headers["good-bank-history"]),
      today: headers["good-bank-today"],
      at: Date.parse(headers.date) || Date.now(),
      partial: minimal && history === data,
    };
  });

/* Return balances at another rate. */
export function priced(balances, rate) {
  const at = (entry) => ({ ...entry, btc: rate && inBitcoin(entry.balance, rate.price) });
  return { balances: balances.map(at), rate };
}

/* Who has no history yet gets a new one with each answer, so it has no name. */
const historyName = (name) => (!name || name === "new" ? "" : name);

function reason({ response, request, code }) {
  if (response?.data?.detail) return response.data.detail;
  if (response) return `Good Bank answers with error ${response.status}. Please try again.`;
  if (code === "ECONNABORTED") return "Good Bank takes too long to answer. Please try again.";
  if (!request) return "Another server answered, perhaps a Wi-Fi sign-in page. Check your connection.";
  return "Good Bank cannot be reached. Check your connection and try again.";
}

/* Make a random UUID that names an entry or an import, so that sending it again records nothing
 * more. `crypto.randomUUID` is missing where the page came over plain http. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/* Fetch the history: `balances`, `rate`, its `name`, the server's date `today`, and `at`, the time
 * of the answer by the server's clock in ms. What has not changed is not sent again, be it all or
 * all but the price. */
export async function fetchHistory({ again = false } = {}) {
  const { history, etag } = fetched;
  const headers = etag ? { "If-None-Match": etag, Prefer: "return=minimal" } : {};
  const validateStatus = (status) => status === 200 || status === 304;
  const answer = await call({ url: "api/balances", headers, validateStatus }, history);
  if (answer.name || etag || again) return answer;
  await askForCookie();
  return fetchHistory({ again: true });
}

/* A new visitor's cookie comes with the page, unless the service worker had the page. */
const askForCookie = () => send({ url: "./" }, () => null);

/* Record a balance of a day under the id that the entry will have. The answer is `partial`: it has the
 * new entry alone, none if that was deleted meanwhile. */
export const record = (id, values) =>
  call({
    method: "post",
    url: "api/update",
    data: values,
    headers: { "Idempotency-Key": id, Prefer: "return=minimal" },
  });

/* What else changes the history; `id` is of an entry, or of an import. */
export const change = (id, values) => call({ method: "patch", url: `api/balances/${id}`, data: values });
export const remove = (id) => call({ method: "delete", url: `api/balances/${id}` });
export const restore = (id) => call({ method: "post", url: `api/balances/${id}/restore` });
export const removeImport = (id) => call({ method: "delete", url: `api/imports/${id}` });
export const removeSamples = () => call({ method: "delete", url: "api/samples" });
export const showSamples = () => call({ method: "post", url: "api/samples" });
export const startFresh = () => call({ method: "delete", url: "api/balances" });

/* Add the balances of a statement, given as bytes, under a key; or, with `dryRun`, only answer what
 * that would add. `choices` say how to read it. The answer has `import`, too. */
export const importFile = (bytes, key, choices, { dryRun = false } = {}) =>
  call({
    method: "post",
    url: "api/import",
    params: { ...choices, dry_run: dryRun },
    data: bytes,
    headers: {
      "Content-Type": "application/octet-stream",
      "Idempotency-Key": key,
      ...(dryRun && { Prefer: "return=minimal" }),
    },
  });

/* Return the imports that can be taken back, the newest first. */
export const fetchImports = () =>
  send({ url: "api/imports" }, ({ data: { imports } }) => {
    if (!Array.isArray(imports)) throw new Error("this is no list");
    return imports;
  });

/* Return the day on which the history's key was made, null where it has none. */
export const fetchKeyDay = () =>
  send({ url: "api/key" }, ({ data: { made } }) => {
    if (made === undefined) throw new Error("this is no day");
    return made;
  });

/* Make a key, in the place of one made before. Return it as `key`; for a `page`, the page's address,
 * also the `link` that opens the history there, and the link's `qr`: its `width`, and its `path`. */
export const makeKey = (page) =>
  send({ method: "post", url: "api/key", data: page && { page } }, ({ data }) => {
    if (!data.key) throw new Error("this is no key");
    return data;
  });

/* Have no key open the history. */
export const revokeKey = () => send({ method: "delete", url: "api/key" }, () => null);

/* Open the history of a key in this browser; with `merge`, what this browser has moves there. */
export const openHistory = (key, merge) => call({ method: "post", url: "api/session", data: { key, merge } });

/* Have this browser forget the history, with `anyway` also where no key opens it. Answers the history
 * of a new visitor, whose cookie comes with the page. */
export async function leave(anyway) {
  await send({ method: "delete", url: "api/session", params: { anyway } }, () => null);
  await askForCookie();
  return fetchHistory();
}
