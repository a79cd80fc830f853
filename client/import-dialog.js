/* Imports statements: each file is read, shown as it would be recorded, and then added. */
import { account, act } from "./account.js";
import { addStep, tell } from "./activity.js";
import { importFile, newKey } from "./api.js";
import { ModalDialog } from "./dialog.js";
import { ImportChoices } from "./import-choices.js";
import { EarlierImports } from "./import-earlier.js";
import { LineList } from "./import-lines.js";
import { ImportPreview } from "./import-preview.js";
import { chosenBefore, forgetChoices, rememberChoices } from "./import-remembered.js";
import { computed, nextTick, ref, shallowRef, watch } from "./vue.js";

const LARGEST = 5 * 1024 * 1024; // bytes of a file that the server takes

const numbered = (number, one, more) => `${number} ${number === 1 ? one : more}`;

export default {
  components: { EarlierImports, ImportChoices, ImportPreview, LineList, ModalDialog },
  props: {
    files: { type: Array, default: () => [] }, // those that were dropped or pasted
  },
  emits: ["close"],
  setup(props, { emit }) {
    const name = ref(""); // of the file
    const choices = shallowRef({}); // how to read it, as far as the user has chosen
    const columns = shallowRef([]); // of the file, as far as they are known
    const reading = shallowRef(null); // how it was read, null where it could not be
    const accounts = shallowRef([]); // that the file names
    const recalled = ref(false); // whether it is read as a file like it was before
    const imported = ref(0); // counts what was added since the dialog was opened
    let firstAdded = null; // the first entry that it would add
    const problem = shallowRef(null);
    const busy = ref(""); // "reading" or "adding"
    const waiting = shallowRef([]); // files that come after this one
    let bytes;
    let shown = {}; // the file, the choices, and the key that names the two

    async function show(file) {
      name.value = file.name;
      choices.value = {};
      columns.value = [];
      accounts.value = [];
      recalled.value = false;
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
      const answer = await importFile(mine.bytes, mine.key, mine.choices, { dryRun: true }).catch((error) => error);
      if (mine !== shown) return;
      const { columns: header, accounts: named } = answer.import ?? answer;
      if (header.length) columns.value = header;
      if (named.length) accounts.value = named;
      const before = Object.keys(choices.value).length ? null : chosenBefore(header);
      if (before) {
        choices.value = before;
        recalled.value = true;
        await read();
        return;
      }
      reading.value = answer.import ?? null;
      if (answer.import) firstAdded = answer.balances[0];
      else problem.value = answer;
      busy.value = "";
    }

    /* Read the file with another choice. Where its select has moved, the focus goes along. */
    async function choose(choice) {
      choices.value = { ...choices.value, ...choice };
      await read();
      await nextTick();
      if (document.activeElement !== document.body) return;
      const field = document.getElementById(Object.keys(choice)[0]) ?? document.querySelector("dialog .file input");
      field.closest("details")?.setAttribute("open", "");
      field.focus();
    }

    function readAsTold() {
      forgetChoices(columns.value);
      recalled.value = false;
      choices.value = {};
      read();
    }

    /* Count again what the file adds, once an earlier import is taken back. */
    function readAgain() {
      if (bytes && !busy.value) read();
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
        const step = added ? { said: `Added ${counted(added)}`, call: "removeImport", id: key, count: added } : null;
        if (step) addStep(step);
        rememberChoices(columns.value, choices);
        imported.value++;
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
      const { added: count } = reading.value;
      const said = `Added ${counted(count)}`;
      addStep({ said, call: "removeImport", id: shown.key, count, added: firstAdded });
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
    const badLines = computed(() => new Set(refusedLines.value.map(({ line }) => line)).size);
    const form = computed(() => ({
      reading: reading.value,
      columns: columns.value,
      accounts: accounts.value,
      choices: choices.value,
      errors: reading.value ? [] : (problem.value?.errors ?? []),
      locked: busy.value === "adding",
    }));
    const summary = computed(() => {
      if (!reading.value || busy.value) return "";
      const { added, duplicates, conflicts, doubts } = reading.value;
      const told = [`${counted(added)} to add`, `${duplicates} there already`, `${conflicts.length} different`];
      if (doubts.length) told.push(numbered(doubts.length, "doubt", "doubts"));
      return told.join(", ");
    });
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
      badLines,
      busy,
      choices,
      choose,
      counted,
      form,
      imported,
      message,
      name,
      pick,
      problem,
      readAgain,
      readAsTold,
      reading,
      recalled,
      refusedLines,
      retry,
      summary,
    };
  },
  template: /* html */ `
    <ModalDialog class="import" title="Import a statement" @close="$emit('close')">
      <div class="file" :class="{ picked: name }">
        <p v-if="name"><b>{{ name }}</b> {{ about }}</p>
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
      <p class="unseen" role="status">{{ summary }}</p>
      <template v-if="refusedLines.length">
        <LineList label="Refused values" :lines="refusedLines" />
        <p>
          <button type="button" class="quiet" @click="choose({ bad_lines: 'skip' })">
            Skip {{ badLines }} {{ badLines === 1 ? "line" : "lines" }} that cannot be read
          </button>
        </p>
      </template>
      <p v-if="recalled && busy !== 'reading'">
        Read with the choices you made for a file with these columns.
        <button type="button" class="link" @click="readAsTold">Read without them</button>
      </p>
      <ImportPreview v-if="reading" :reading="reading" :choices="choices" :form="form" :counted="counted" @choose="choose" />
      <ImportChoices v-else v-bind="form" @choose="choose" />
      <EarlierImports :key="imported" @undone="readAgain" />
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
