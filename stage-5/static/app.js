/* The account history: fetched when the page opens, and again with each new balance. */
const { createApp, ref } = Vue;

createApp({
  setup() {
    const balances = ref([]);
    const price = ref(null);
    const balance = ref("");
    const error = ref("");
    const pending = ref(false);
    const input = ref(null);

    /* Show the history that a request answers, or what went wrong; tell which it was. */
    async function show(request) {
      error.value = "";
      pending.value = true;
      try {
        const { data } = await request;
        balances.value = data.balances;
        price.value = data.price;
        return true;
      } catch (failure) {
        error.value = failure.response?.data.error ?? "Good Bank cannot be reached. Try again.";
        return false;
      } finally {
        pending.value = false;
      }
    }

    /* Record the balance; where that fails, it stays in the field. */
    async function update() {
      if (await show(axios.post("api/update", { balance: balance.value }))) {
        balance.value = "";
      }
      input.value.focus();
    }

    show(axios.get("api/balances"));
    return { balances, price, balance, error, pending, input, update };
  },
}).mount("#app");
