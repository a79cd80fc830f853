/* The imports that can be taken back, the newest first. */
import { account } from "./account.js";
import { fetchImports } from "./api.js";
import { counted, fullDate } from "./format.js";
import { undo } from "./outbox.js";
import { toast } from "./toast.js";
import { nextTick, ref, shallowRef, useTemplateRef, watch } from "./vue.js";

export const EarlierImports = {
  emits: ["undone"],
  setup(_, { emit }) {
    const imports = shallowRef([]);
    const problem = ref("");
    const done = ref("");
    const heading = useTemplateRef("heading");

    async function look() {
      problem.value = "";
      try {
        imports.value = await fetchImports();
      } catch (error) {
        problem.value = error.message;
      }
    }

    const daysOf = ({ first, last }) => (first === last ? fullDate(first) : `${fullDate(first)} to ${fullDate(last)}`);

    /* Take an import back. Its button goes, so the focus goes to the heading. */
    async function takeBack({ id, added }) {
      if (account.pending) return;
      done.value = "";
      await undo({ said: `Added ${counted(added)}`, call: "removeImport", id, count: added });
      done.value = toast.value.said; // the toast itself is behind the dialog
      await nextTick();
      heading.value?.focus();
      emit("undone");
    }
    watch(() => account.own, look, { immediate: true });
    return { daysOf, done, imports, look, problem, takeBack };
  },
  template: /* html */ `
    <section v-if="imports.length || problem || done" class="imports" aria-labelledby="earlier">
      <h3 id="earlier" ref="heading" tabindex="-1">Earlier imports</h3>
      <p v-if="problem" class="error">{{ problem }} <button type="button" class="link" @click="look">Try again</button></p>
      <p role="status">{{ done }}</p>
      <ul role="list">
        <li v-for="one in imports" :key="one.id" class="bar">
          <span>
            <b>{{ one.made ? fullDate(one.made) : "Some time ago" }}</b> {{ one.kind?.toUpperCase() ?? "File" }} · {{ counted(one.added) }},
            {{ daysOf(one) }}
          </span>
          <button type="button" class="link" :aria-disabled="account.pending" @click="takeBack(one)">
            Undo<span class="unseen"> the import of {{ daysOf(one) }}</span>
          </button>
        </li>
      </ul>
    </section>
  `,
};
