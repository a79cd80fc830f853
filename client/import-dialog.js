/* Imports a statement: picked, read and shown as it would be added, then added. */
import { importFile, newKey } from "./api.js";
import { counted, fullDate, rand } from "./format.js";
import { act } from "./history.js";
import { ModalDialog } from "./modal-dialog.js";
import { computed, ref, shallowRef } from "./vue.js";

const LARGEST = 5 * 1024 * 1024; // bytes of a file that the server takes

export const ImportDialog = {
  components: { ModalDialog },
  emits: ["imported", "close"], // imported: with what was `said`, and the import's `id`
  setup(_, { emit }) {
    const file = shallowRef(null); // `name`, `bytes`, and the `key` that names the import
    const entries = shallowRef(null); // what the file adds, null where it cannot be read
    const problem = shallowRef(null); // why not
    const busy = ref(false);
    const title = computed(() => {
      if (!file.value) return "Import a statement";
      if (entries.value) return `Import ${file.value.name}?`;
      return problem.value
        ? `${file.value.name} cannot be imported`
        : `Reading ${file.value.name}…`;
    });

    /* Show what the picked file would add, or which of its lines are refused. */
    async function read({ target }) {
      const [picked] = target.files;
      if (!picked) return;
      file.value = { name: picked.name, key: newKey() };
      entries.value = problem.value = null;
      try {
        if (picked.size > LARGEST) throw new Error("The file is larger than 5 MiB.");
        const bytes = await picked.arrayBuffer();
        file.value = { ...file.value, bytes };
        const { balances } = await importFile(bytes, file.value.key, { dryRun: true });
        entries.value = balances;
      } catch (error) {
        problem.value = error;
      }
    }

    /* Add what was shown. Sent again after a failure, it keeps its key. */
    async function add() {
      if (busy.value) return;
      busy.value = true;
      problem.value = null;
      const { bytes, key } = file.value;
      try {
        const answer = await act(() => importFile(bytes, key));
        emit("imported", { said: `Added ${counted(entries.value.length)}`, id: answer.import?.id });
        emit("close");
      } catch (error) {
        const perhaps = "Perhaps they were added: trying again adds none of them twice.";
        problem.value = error.lost ? { message: `${error.message} ${perhaps}` } : error;
      }
      busy.value = false;
    }
    return { add, busy, counted, entries, file, fullDate, problem, rand, read, title };
  },
  template: /* html */ `
    <modal-dialog :title="title" @close="$emit('close')">
      <p v-if="!file">A CSV file of your balances, such as a Good Bank export: with a date and a balance in each line.</p>
      <p v-if="entries">{{ counted(entries.length) }} will be added. Nothing is recorded yet.</p>
      <ol v-if="entries?.length" tabindex="0" role="list" aria-label="Balances in the file">
        <li v-for="entry in entries" :key="entry.id">
          <time :datetime="entry.date">{{ fullDate(entry.date) }}</time> <span>{{ rand(entry.balance) }}</span>
        </li>
      </ol>
      <p v-if="problem" class="error" role="alert">{{ problem.message }}</p>
      <ol v-if="problem?.errors?.length" tabindex="0" role="list" aria-label="Refused lines">
        <li v-for="{ line, detail } in problem.errors">Line {{ line }}: {{ detail }}</li>
      </ol>
      <p v-if="!entries">
        <label class="button quiet">
          <input type="file" class="unseen" accept=".csv,text/csv" @change="read"> Choose a file…
        </label>
      </p>
      <template #foot="{ close }">
        <button type="button" class="quiet" @click="close">Cancel</button>
        <button v-if="entries?.length" type="button" class="main" :aria-disabled="busy" @click="add">
          {{ busy ? "Adding…" : "Add " + counted(entries.length) }}
        </button>
      </template>
    </modal-dialog>
  `,
};
