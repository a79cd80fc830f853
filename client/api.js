/* The network: each call answers the history, or a part of it, or throws an Error that a person understands, with
 * the `errors` of each field that the server refused. */
const TIMEOUT = 30000; // ms, for all of an answer; a slow line needs some for a long history

let known = {}; // the history last fetched, and the ETag that names it

async function call(request) {
  try {
    const { data, headers, status } = await axios({ timeout: TIMEOUT, ...request });
    const history = status === 304 ? known.history : data;
    if (!Array.isArray(history?.balances)) throw new Error("this is no history");
    if (headers.etag) known = { history, etag: headers.etag };
    const at = Date.parse(headers.date) || Date.now();
    const partial = headers["preference-applied"] === "return=minimal";
    return { ...history, at, today: headers["good-bank-today"], partial };
  } catch (failure) {
    const { status, data } = failure.response ?? {};
    throw Object.assign(new Error(reason(failure), { cause: failure }), {
      status,
      errors: data?.errors ?? [],
    });
  }
}

function reason({ response, request, code }) {
  if (response?.data?.detail) return response.data.detail;
  if (response) return `Good Bank answers with error ${response.status}. Please try again.`;
  if (code === "ECONNABORTED") return "Good Bank takes too long to answer. Please try again.";
  if (!request) return "Something other than Good Bank answers. Check your connection.";
  return "Good Bank cannot be reached. Check your connection and try again.";
}

/* Fetch the history: `balances`, `rate`, `today` (the server's date), and `at`, the time of the
 * answer by the server's clock, in ms. What has not changed is not sent again. */
export const fetchHistory = () =>
  call({
    url: "api/balances",
    headers: known.etag ? { "If-None-Match": known.etag } : {},
    validateStatus: (status) => status === 200 || status === 304,
  });

/* Record a balance of a day. The key names it, so that sending it again records nothing more.
 * The answer is `partial`: it has the new entry alone, none if that was deleted meanwhile. */
export const record = (values, key) =>
  call({
    method: "post",
    url: "api/update",
    data: values,
    headers: { "Idempotency-Key": key, Prefer: "return=minimal" },
  });

/* Delete an entry. */
export const remove = (id) => call({ method: "delete", url: `api/balances/${id}` });

/* Bring a deleted entry back. */
export const restore = (id) => call({ method: "post", url: `api/balances/${id}/restore` });

/* Add the balances of a CSV file, given as bytes; or, with `dryRun`, only answer what it would add.
 * The key names them, as it does for one balance. */
export const importCsv = (bytes, key, dryRun = false) =>
  call({
    method: "post",
    url: "api/import",
    params: { dry_run: dryRun },
    data: bytes,
    headers: {
      "Content-Type": "text/csv",
      "Idempotency-Key": key,
      ...(dryRun && { Prefer: "return=minimal" }),
    },
  });

/* Delete everything. */
export const startFresh = () => call({ method: "delete", url: "api/balances" });
