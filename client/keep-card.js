/* The ways to keep a history: take it along, bring one in, open it elsewhere, or delete it. */
export const KeepCard = {
  props: {
    own: Number, // balances that are no samples
  },
  emits: ["import", "key", "fresh"],
  template: /* html */ `
    <section id="keep" class="keep card" aria-labelledby="keeping">
      <h2 id="keeping">Keep your history</h2>
      <a v-if="own" class="way" href="api/balances.csv" download>
        <svg aria-hidden="true"><use href="#export"></use></svg>
        <span><b>Export CSV</b> Every balance, in a file you own</span>
      </a>
      <button type="button" class="way" @click="$emit('import')">
        <svg aria-hidden="true"><use href="#import"></use></svg>
        <span><b>Import a statement…</b> A file from your bank, or a Good Bank export</span>
      </button>
      <button type="button" class="way" @click="$emit('key')">
        <svg aria-hidden="true"><use href="#devices"></use></svg>
        <span><b>Open on another device…</b> A key opens this history anywhere</span>
      </button>
      <p class="fresh">
        <button type="button" class="link danger" @click="$emit('fresh')">Start fresh…</button>
        {{ own ? "deletes everything here" : "removes the samples" }}
      </p>
    </section>
  `,
};
