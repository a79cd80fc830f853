/* Imports statements: each file is read, shown as it would be recorded, and then added. */
import { account, act } from "./account.js";
import { addStep, tell } from "./activity.js";
import { importFile, newKey } from "./api.js";
import { ModalDialog } from "./dialog.js";
import { ImportChoices } from "./import-choices.js";
import { LineList } from "./import-lines.js";
import { ImportPreview } from "./import-preview.js";
import { computed, ref, shallowRef, watch } from "./vue.js";

const LARGEST = 5 * 1024 * 1024; // bytes of a file that the server takes

const numbered = (number, one, more) => `${number} ${number === 1 ? one : more}`;

export default {
  components: { ImportChoices, ImportPreview, LineList, ModalDialog },
  props: {
    files: { type: Array, default: () => [] }, // those that were dropped or pasted
  },
  emits: ["close"],
  setup(props, { emit }) {
    const name = ref(""); // of the file
    const choices = shallowRef({}); // how to read it, as far as the user has chosen
    const columns = shallowRef([]); // of the file, as far as they are known
    const reading = shallowRef(null); // how it was read, null where it could not be
    const entries = shallowRef([]); // what it adds
    const problem = shallowRef(null);
    const busy = ref(""); // "reading" or "adding"
    const waiting = shallowRef([]); // files that come after this one
    let bytes;
    let shown = {}; // the file, the choices, and the key that names the two

    async function show(file) {
      name.value = file.name;
      choices.value = {};
      columns.value = [];
      reading.value = null;
      problem.value = null;
      busy.value = "";
      bytes = null;
      shown = {};
      const mine = shown;
      try {
        if (file.size > LARGEST) throw new Error("The file is larger than 5 MiB.");
        bytes = await file.arrayBuffer().catch(() => {
          throw new Error("The file cannot be read: it was moved, perhaps, or is a folder.");
        });
      } catch (error) {
        if (mine === shown) problem.value = { message: error.message, errors: [] };
        return;
      }
      if (mine === shown) await read();
    }

    /* Ask how the file is read with these choices. An answer about others is dropped. */
    async function read() {
      const mine = { bytes, choices: choices.value, key: newKey() };
      shown = mine;
      busy.value = "reading";
      problem.value = null;
      try {
        const answer = await importFile(mine.bytes, mine.key, mine.choices, { dryRun: true });
        if (mine !== shown) return;
        reading.value = answer.import;
        entries.value = answer.balances;
        columns.value = answer.import.columns;
      } catch (error) {
        if (mine !== shown) return;
        reading.value = null;
        problem.value = error;
        if (error.columns.length) columns.value = error.columns;
      }
      busy.value = "";
    }

    function choose(choice) {
      choices.value = { ...choices.value, ...choice };
      read();
    }

    /* Add what was shown. Sent again after a failure, it keeps its key. */
    async function add() {
      if (busy.value || account.pending) return;
      busy.value = "adding";
      problem.value = null;
      try {
        const { bytes, key, choices } = shown;
        const answer = await act(() => importFile(bytes, key, choices));
        const { added } = answer.import; // another tab may have been faster than this one
        const step = added ? { said: `Added ${counted(added)}`, call: "removeImport", id: key } : null;
        if (step) addStep(step);
        tell(step?.said ?? "All of it was there already.", { step });
        busy.value = "";
        if (waiting.value.length) take(waiting.value);
        else emit("close");
      } catch (error) {
        problem.value = error.lost ? perhaps(error) : error;
        busy.value = "";
      }
    }

    /* Tell of a lost answer: what it has added, if it has, can be undone. */
    function perhaps(error) {
      const said = `Added ${counted(reading.value.added)}`;
      addStep({ said, call: "removeImport", id: shown.key, added: entries.value[0].id });
      const message = `${error.message} Perhaps they were added: trying again adds none twice.`;
      return { ...error, message };
    }

    /* Show the first of these files; while another one is being added, they wait. */
    function take(files) {
      if (busy.value === "adding") {
        waiting.value = [...waiting.value, ...files];
        return;
      }
      waiting.value = files.slice(1);
      show(files[0]);
    }

    function pick({ target }) {
      const files = [...target.files];
      target.value = ""; // the same file can be picked again, once it is mended
      if (files.length) take(files);
    }

    watch(
      () => props.files,
      (files) => files.length && take(files),
      { immediate: true },
    );

    const perDay = computed(() => reading.value?.each === "day");
    const counted = (number) =>
      perDay.value ? numbered(number, "day", "days") : numbered(number, "balance", "balances");
    const about = computed(() => {
      const told = [];
      if (reading.value) told.push(numbered(reading.value.rows, "row", "rows"));
      if (busy.value === "reading") told.push("reading…");
      if (waiting.value.length) told.push(`${numbered(waiting.value.length, "file", "files")} to come`);
      return told.join(" · ");
    });
    const refusedLines = computed(() => problem.value?.errors.filter(({ line }) => line) ?? []);
    const message = computed(() =>
      refusedLines.value.length
        ? `Nothing can be added: ${numbered(refusedLines.value.length, "value is", "values are")} refused.`
        : problem.value?.message,
    );
    const retry = computed(() => {
      if (!problem.value || !bytes || (problem.value.status ?? 500) < 500) return null;
      return reading.value ? add : read;
    });
    return {
      about,
      account,
      add,
      busy,
      choices,
      choose,
      columns,
      counted,
      entries,
      message,
      name,
      perDay,
      pick,
      problem,
      reading,
      refusedLines,
      retry,
    };
  },
  template: /* html */ `
    <ModalDialog class="import" title="Import a statement" @close="$emit('close')">
      <div class="file" :class="{ picked: name }">
        <p v-if="name"><b>{{ name }}</b> <span role="status">{{ about }}</span></p>
        <p v-else>
          The file as your bank made it, or a Good Bank export: CSV, Excel, OpenDocument or OFX.
          You see what it adds before anything is recorded.
        </p>
        <label class="button" :class="name ? 'quiet' : 'main'">
          <input type="file" class="unseen" multiple autofocus @change="pick">
          {{ name ? "Another file…" : "Choose a file…" }}
        </label>
        <p v-if="!name" class="way-in">Or drop it on the page, or paste rows copied from a spreadsheet.</p>
      </div>
      <p v-if="problem" class="error" role="alert">{{ message }}</p>
      <LineList v-if="refusedLines.length" label="Refused values" :lines="refusedLines" />
      <ImportPreview :reading="reading" :entries="entries" :counted="counted">
        <ImportChoices :reading="reading" :columns="columns" :choices="choices" :locked="busy === 'adding'"
                       :errors="reading ? [] : problem?.errors ?? []" @choose="choose" />
      </ImportPreview>
      <template #foot="{ close }">
        <button type="button" class="quiet" @click="close">
          {{ reading && !reading.added ? "Close" : "Cancel" }}
        </button>
        <button v-if="retry" type="button" class="main" :aria-disabled="account.pending" @click="retry">
          Try again
        </button>
        <button v-else-if="reading?.added" type="button" class="main" :aria-disabled="busy !== '' || account.pending"
                @click="add">
          {{ busy === "adding" ? "Adding…" : "Add " + counted(reading.added) }}
        </button>
      </template>
    </ModalDialog>
  `,
};
