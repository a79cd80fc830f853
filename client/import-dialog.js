/* Imports statements: each file is read, shown as it would be recorded, and then added. */
import { account, act } from "./account.js";
import { importFile, newKey } from "./api.js";
import { ModalDialog } from "./dialog.js";
import { chosenBefore, ImportChoices, rememberChoices } from "./import-choices.js";
import { EarlierImports } from "./import-earlier.js";
import { ImportPreview, LineList } from "./import-preview.js";
import { counted } from "./format.js";
import { addStep } from "./outbox.js";
import { tell, tellFailure } from "./toast.js";
import { computed, nextTick, onUnmounted, shallowReactive, shallowRef, watch } from "./vue.js";

const LARGEST = 5 * 1024 * 1024; // bytes of a file that the server takes

/* A file as it was picked. */
const unread = (name) =>
  shallowReactive({
    name,
    bytes: null,
    choices: {}, // how to read it, as far as the visitor has chosen
    recalled: false, // whether those were made for a file like it before
    columns: [], // as far as they are known
    accounts: [], // that it names
    key: "", // of the import: names the file with these choices
    reading: null, // how it was read, null where it could not be
    firstAdded: null, // the first entry that it would add
    problem: null,
    busy: "", // "reading" or "adding"
  });

export default {
  components: { EarlierImports, ImportChoices, ImportPreview, LineList, ModalDialog },
  props: {
    files: { type: Array, default: () => [] }, // those that were dropped or pasted
  },
  emits: ["close"],
  setup(props, { emit }) {
    const file = shallowRef(unread("")); // that is shown; what is still heard of the one before changes nothing
    const waiting = shallowRef([]); // files that come after it
    let isClosed = false;
    onUnmounted(() => (isClosed = true));

    async function show(picked) {
      const mine = unread(picked.name);
      file.value = mine;
      const refuse = (message) => (mine.problem = { message, errors: [] });
      if (picked.size > LARGEST) return refuse("The file is larger than 5 MiB.");
      mine.bytes = await picked.arrayBuffer().catch(() => null);
      if (mine.bytes) return read(mine);
      return refuse("The file cannot be read: it was moved, perhaps, or is a folder.");
    }

    /* Ask how a file is read with its choices. An answer about others is dropped. */
    async function read(mine) {
      const { bytes, choices } = mine;
      const key = newKey();
      Object.assign(mine, { key, busy: "reading", problem: null });
      const answer = await importFile(bytes, key, choices, { dryRun: true }).catch((error) => error);
      if (mine.key !== key) return;
      const { columns, accounts } = answer.import ?? answer;
      if (columns.length) mine.columns = columns;
      if (accounts.length) mine.accounts = accounts;
      const before = Object.keys(choices).length ? null : chosenBefore(columns);
      if (before) {
        Object.assign(mine, { choices: before, recalled: true });
        await read(mine);
        return;
      }
      const reading = answer.import ?? null;
      Object.assign(mine, { reading, firstAdded: answer.balances?.[0], problem: reading ? null : answer, busy: "" });
    }

    /* Read the file with another choice. Where its select has moved, the focus goes along. */
    async function choose(choice) {
      const made = Object.entries({ ...file.value.choices, ...choice }).filter(([, value]) => value);
      file.value.choices = Object.fromEntries(made);
      await read(file.value);
      await nextTick();
      if (document.activeElement !== document.body) return;
      const field = document.getElementById(Object.keys(choice)[0]) ?? document.querySelector("dialog .file input");
      field.closest("details")?.setAttribute("open", "");
      field.focus();
    }

    function readAsTold() {
      rememberChoices(file.value.columns, {});
      Object.assign(file.value, { choices: {}, recalled: false });
      read(file.value);
    }

    /* Count again what the file adds, once an earlier import is taken back. */
    function readAgain() {
      if (file.value.bytes && !file.value.busy) read(file.value);
    }

    /* Add what was shown. Sent again after a failure, it keeps its key. */
    async function add() {
      const mine = file.value;
      if (mine.busy || account.pending) return;
      const { bytes, key, choices } = mine;
      const stepOf = (count) => ({ said: `Added ${tally(count)}`, call: "removeImport", id: key, count });
      Object.assign(mine, { busy: "adding", problem: null });
      const samples = account.samples.length > 0;
      try {
        const answer = await act(() => importFile(bytes, key, choices));
        const { added } = answer.import; // another tab may have been faster than this one
        const step = added ? stepOf(added) : null;
        if (step) addStep(step);
        const said = step?.said ?? "All of it was there already.";
        tell(samples && !account.samples.length ? `${said}; the samples are gone` : said, { step });
        rememberChoices(mine.columns, choices);
      } catch (error) {
        if (error.lost) {
          addStep({ ...stepOf(mine.reading.added), added: mine.firstAdded }); // offered where it was carried out
          error.message += " Perhaps they were added: trying again adds none twice.";
        }
        mine.problem = error;
        if (isClosed) tellFailure(error);
      }
      mine.busy = "";
      if (mine.problem) return;
      const [next, ...others] = waiting.value;
      waiting.value = others;
      if (next) show(next);
      else emit("close");
    }

    /* Show the first of these files; while another one is being added, they wait. */
    function take(files) {
      if (file.value.busy === "adding") {
        waiting.value = [...waiting.value, ...files];
        return;
      }
      waiting.value = [...files.slice(1), ...waiting.value];
      show(files[0]);
    }

    /* A click empties the field, so that the same file can be picked again, once it is mended. */
    function pick({ target }) {
      if (target.files.length) take([...target.files]);
    }

    watch(
      () => props.files,
      (files) => files.length && take(files),
      { immediate: true },
    );

    const tally = (number) => counted(number, file.value.reading?.each === "day" ? "day" : "balance");
    const refused = computed(() => file.value.problem?.errors.filter(({ line }) => line) ?? []); // values in lines
    const about = computed(() => {
      const { busy, reading } = file.value;
      const told = [
        reading && counted(reading.rows, "row"),
        busy === "reading" && "reading…",
        waiting.value.length && `${counted(waiting.value.length, "file")} to come`,
      ];
      return told.filter(Boolean).join(" · ");
    });
    const badLines = computed(() => new Set(refused.value.map(({ line }) => line)).size);
    const retry = computed(() => {
      const { bytes, problem, reading } = file.value;
      if (!problem || !bytes || (problem.status ?? 500) < 500) return null;
      return reading ? add : readAgain;
    });
    return { about, add, badLines, choose, file, pick, readAgain, readAsTold, refused, retry, tally };
  },
  template: /* html */ `
    <ModalDialog class="import" title="Import a statement" @close="$emit('close')">
      <div class="file" :class="{ bar: file.name }">
        <p v-if="file.name"><b>{{ file.name }}</b> {{ about }}</p>
        <p v-else>
          The file as your bank made it, or a Good Bank export: CSV, Excel, OpenDocument or OFX.
          You see what it adds before anything is recorded.
        </p>
        <label class="button" :class="file.name ? 'quiet' : 'main'">
          <input type="file" class="unseen" multiple autofocus @click="$event.target.value = ''" @change="pick">
          {{ file.name ? "Another file…" : "Choose a file…" }}
        </label>
        <p v-if="!file.name" class="way-in label">Or drop it on the page, or paste rows copied from a spreadsheet.</p>
      </div>
      <p v-if="file.problem" class="error" role="alert">
        <template v-if="refused.length">Nothing can be added: {{ counted(refused.length, "value is", "values are") }} refused.</template>
        <template v-else>{{ file.problem.message }}</template>
      </p>
      <p class="unseen" role="status"><template v-if="file.reading && !file.busy">{{ tally(file.reading.added) }} to add,
        {{ file.reading.duplicates }} there already, {{ file.reading.conflicts.length }} different<template
        v-if="file.reading.doubts.length">, {{ counted(file.reading.doubts.length, "doubt") }}</template></template></p>
      <template v-if="refused.length">
        <LineList label="Refused values" :lines="refused" />
        <p>
          <button type="button" class="quiet" @click="choose({ bad_lines: 'skip' })">
            Skip {{ counted(badLines, "line") }} that cannot be read
          </button>
        </p>
      </template>
      <p v-if="file.recalled && !file.busy">
        Read with the choices you made for a file with these columns.
        <button type="button" class="link" @click="readAsTold">Read without them</button>
      </p>
      <ImportPreview v-if="file.reading" :file="file" :tally="tally" @choose="choose" />
      <ImportChoices v-else :file="file" @choose="choose" />
      <EarlierImports @undone="readAgain" />
      <template #foot="{ close }">
        <button type="button" class="quiet" @click="close">
          {{ file.busy === "adding" || file.reading?.added === 0 ? "Close" : "Cancel" }}
        </button>
        <button v-if="retry" type="button" class="main" :aria-disabled="account.pending" @click="retry">
          Try again
        </button>
        <button v-else-if="file.reading?.added" type="button" class="main" :aria-disabled="file.busy !== '' || account.pending"
                @click="add">
          {{ file.busy === "adding" ? "Adding…" : "Add " + tally(file.reading.added) }}
        </button>
      </template>
    </ModalDialog>
  `,
};
