/* The account history: fetched when the page opens, and again with each new balance. */
const { createApp, ref } = Vue;

const UNREACHABLE = "Good Bank cannot be reached. Try again.";
const rand = new Intl.NumberFormat("en", {
  style: "currency",
  currency: "ZAR",
  currencyDisplay: "narrowSymbol",
});

createApp({
  setup() {
    const history = ref({ balances: [], price: null });
    const balance = ref("");
    const error = ref("");
    const loading = ref(true);

    async function load() {
      try {
        history.value = (await axios.get("api/balances")).data;
      } catch {
        error.value = UNREACHABLE;
      }
      loading.value = false;
    }

    async function update() {
      error.value = "";
      loading.value = true;
      try {
        history.value = (await axios.postForm("api/update", { balance: balance.value })).data;
        balance.value = "";
      } catch (failure) {
        error.value = failure.response?.data.error ?? UNREACHABLE;
      }
      loading.value = false;
    }

    load();
    return { history, balance, error, loading, rand, update };
  },
}).mount("#app");
