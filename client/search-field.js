/* The search in the table's head. */
export const SearchField = {
  props: {
    query: String,
  },
  emits: ["update:query"],
  template: /* html */ `
    <p class="search">
      <label for="query" class="unseen">Find a date or an amount</label>
      <svg aria-hidden="true"><use href="#search"></use></svg>
      <input id="query" type="search" autocomplete="off" placeholder="Find a date or an amount" :value="query"
             @input="$emit('update:query', $event.target.value)">
    </p>
  `,
};
