/* The network: each call answers the history, or throws an Error that a person understands,
 * `refused` where the fault is in what was sent. */
const TIMEOUT = 15000; // ms

async function call(request) {
  try {
    const { data, headers } = await axios({ timeout: TIMEOUT, ...request });
    if (!Array.isArray(data?.balances)) throw new Error("this is no history");
    return { ...data, at: Date.parse(headers.date) || Date.now() };
  } catch (failure) {
    const refused = failure.response?.status === 422;
    throw Object.assign(new Error(reason(failure), { cause: failure }), { refused });
  }
}

function reason({ response, request, code }) {
  if (response?.data?.detail) return response.data.detail;
  if (response) return `Good Bank answers with error ${response.status}. Please try again.`;
  if (code === "ECONNABORTED") return "Good Bank takes too long to answer. Please try again.";
  if (!request) return "Something else than Good Bank answers. Check your connection.";
  return "Good Bank cannot be reached. Check your connection and try again.";
}

/* Fetch the history: `balances`, `rate`, and `at`, the time of the answer by the server's clock, in ms. */
export const fetchHistory = () => call({ url: "api/balances" });

/* Record a balance. The key names it, so that sending it again records nothing more. */
export const record = (balance, key) =>
  call({
    method: "post",
    url: "api/update",
    data: { balance },
    headers: { "Idempotency-Key": key },
  });

/* Delete everything. */
export const startFresh = () => call({ method: "delete", url: "api/balances" });
