/* The account history: fetched when the page opens, and again with each new balance. */
const { createApp, ref } = Vue;
const api = axios.create({ baseURL: "api" });

const UNREACHABLE = "Good Bank cannot be reached. Try again, or reload the page.";
// The price comes as text, as the balances do: text is exact, and is formatted without a float.
const rand = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "ZAR",
  currencyDisplay: "narrowSymbol",
}).format;

createApp({
  setup() {
    const history = ref({ balances: [], price: null });
    const balance = ref("");
    const error = ref("");
    const refused = ref(false);
    const loading = ref(true);

    async function load() {
      try {
        history.value = (await api.get("balances")).data;
      } catch {
        error.value = UNREACHABLE;
      }
      loading.value = false;
    }

    async function update() {
      error.value = "";
      refused.value = false;
      loading.value = true;
      const sent = balance.value;
      try {
        history.value = (await api.postForm("update", { balance: sent })).data;
        if (balance.value === sent) balance.value = ""; // else the next one is being typed
      } catch (failure) {
        refused.value = failure.response?.status === 422;
        error.value = refused.value ? failure.response.data.error : UNREACHABLE;
      }
      loading.value = false;
    }

    load();
    return { history, balance, error, refused, loading, rand, update };
  },
}).mount("#app");
