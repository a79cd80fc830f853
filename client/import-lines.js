/* Lines of a statement, each with what is to be said of it. */
const LONGEST = 200; // lines that are listed

export const LineList = {
  props: {
    label: String,
    lines: Array, // each a `line`, counted from 1, and a `detail`
  },
  setup: () => ({ LONGEST }),
  template: /* html */ `
    <ol class="lines" tabindex="0" role="list" :aria-label="label">
      <li v-for="{ line, detail } in lines.slice(0, LONGEST)">
        <b>Line {{ line }}</b> <span>{{ detail }}</span>
      </li>
      <li v-if="lines.length > LONGEST">And {{ lines.length - LONGEST }} more.</li>
    </ol>
  `,
};
