/* The page: lines about what is wrong, the cards, the toast, and one dialog at a time. */
import { account, own, refresh, samples, tracked } from "./account.js";
import { tell, ToastMessage, undo, undoable } from "./activity.js";
import { BalanceChart } from "./chart.js";
import { basis, byDay, within } from "./chart-scale.js";
import { BalanceHeadline, PriceCard } from "./headline.js";
import { takeIncomingFiles } from "./import-files.js";
import { RecordForm } from "./recording.js";
import { remembered } from "./storage.js";
import { HistoryTable } from "./table.js";
import { computed, shallowReactive, shallowRef } from "./vue.js";

/* A line over the page about something that is wrong. It pushes the page down and covers nothing. */
const NoticeLine = {
  props: {
    action: String, // what the button does, none where it is empty
    closable: Boolean,
    offline: Boolean,
  },
  emits: ["act", "close"],
  template: /* html */ `
    <div class="notice">
      <svg aria-hidden="true"><use :href="offline ? '#offline' : '#warning'"></use></svg>
      <p role="alert"><slot></slot></p>
      <button v-if="action" type="button" class="link" @click="$emit('act')">{{ action }}</button>
      <button v-if="closable" type="button" class="icon" aria-label="Close" @click="$emit('close')">✕</button>
    </div>
  `,
};

/* The dialogs, each loaded with its style sheets when it is first opened. */
const DIALOGS = {
  fresh: ["dialog.css"],
  import: ["dialog.css", "import.css"],
  key: ["dialog.css", "key.css"],
  "key-use": ["dialog.css", "key.css"],
  "key-leave": ["dialog.css", "key.css"],
};
const loaded = shallowReactive({}); // the dialogs that have been opened, by name
let failures = 0;

/* Load a dialog. Chromium does not ask again for a module that has failed at the same address. */
async function load(name) {
  try {
    const module = import(`./${name}-dialog.js${failures ? `?${failures}` : ""}`);
    await Promise.all(DIALOGS[name].map(loadStyle));
    loaded[name] = (await module).default;
  } catch (error) {
    failures += 1;
    throw error;
  }
}

function loadStyle(file) {
  const { href } = new URL(file, import.meta.url);
  if (Array.from(document.styleSheets, (sheet) => sheet.href).includes(href)) return null;
  return new Promise((resolve, reject) => {
    const link = document.createElement("link");
    Object.assign(link, { rel: "stylesheet", href, onload: resolve, onerror: reject });
    document.head.append(link);
  });
}

/* Ignore the second click of a double click: after a deletion the next row lies under the pointer. So
 * with a held Enter. */
function ignoreRepeats() {
  const ignore = (event) => {
    if (event.detail < 2 || !event.target.closest("button")) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", ignore, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter") event.preventDefault();
  });
}

export const App = {
  components: { BalanceChart, BalanceHeadline, HistoryTable, NoticeLine, PriceCard, RecordForm, ToastMessage },
  setup() {
    const cookies = navigator.cookieEnabled;
    const unit = remembered("unit", "rand"); // or "bitcoin"
    const range = remembered("range", "6M");
    const days = computed(() => byDay(tracked.value));
    const ranged = computed(() => within(range.value, days.value, account.today));
    const compared = computed(() => (own.value.length ? basis(ranged.value, unit.value) : null));

    const dialog = shallowRef(null); // the one that is open: its `name` in DIALOGS, and its `props`

    async function open(name, props) {
      try {
        if (!loaded[name]) await load(name);
        dialog.value = { name, props };
      } catch {
        const failure = "This part of the page cannot be loaded. Check your connection and try again, or reload.";
        tell(failure, { failed: true });
      }
    }

    function close() {
      dialog.value = null;
    }

    takeIncomingFiles(
      (files) => open("import", { files }),
      () => account.loaded && (!dialog.value || dialog.value.name === "import"),
    );
    ignoreRepeats();
    return {
      account,
      close,
      compared,
      cookies,
      days,
      dialog,
      loaded,
      open,
      own,
      range,
      ranged,
      refresh,
      samples,
      tracked,
      undo,
      undoable,
      unit,
    };
  },
  template: /* html */ `
    <NoticeLine v-if="!cookies">
      This browser refuses cookies, so Good Bank cannot keep your history.
    </NoticeLine>
    <NoticeLine v-if="account.trouble" offline :action="account.loaded ? '' : 'Load again'" @act="refresh">
      {{ account.trouble }}
      <template v-if="account.loaded">What is shown may be out of date; what you type is kept.</template>
    </NoticeLine>
    <NoticeLine v-if="account.replaced" action="Use a key…" closable @act="open('key-use')"
                @close="account.replaced = false">
      This is another history. Everything was deleted on another device, or this browser’s cookies
      were cleared.
    </NoticeLine>
    <NoticeLine v-if="account.emptied" closable @close="account.emptied = false">
      Everything was deleted on another device.
    </NoticeLine>

    <h1 v-if="!account.loaded" class="unseen">Account History</h1>
    <div v-else class="grid" :class="{ bare: !tracked.length }">
      <BalanceHeadline :basis="compared" :unit="unit" />
      <RecordForm />
      <PriceCard :since="compared" />

      <template v-if="tracked.length">
        <BalanceChart v-model:unit="unit" v-model:range="range" :days="days" :ranged="ranged" />
        <HistoryTable @fresh="open('fresh')" />
        <section id="keep" class="keep card" aria-labelledby="keeping">
          <h2 id="keeping">Keep your history</h2>
          <a v-if="own.length" class="way" href="api/balances.csv" download>
            <svg aria-hidden="true"><use href="#export"></use></svg>
            <span><b>Export CSV</b> Every balance, in a file you own</span>
          </a>
          <button type="button" class="way" @click="open('import')">
            <svg aria-hidden="true"><use href="#import"></use></svg>
            <span><b>Import a statement…</b> A file from your bank, or a Good Bank export</span>
          </button>
          <button type="button" class="way" @click="open('key')">
            <svg aria-hidden="true"><use href="#devices"></use></svg>
            <span><b>Open on another device…</b> A key opens this history anywhere</span>
          </button>
        </section>
      </template>
      <section v-else class="empty card">
        <svg class="smiley" aria-hidden="true"><use href="#smiley"></use></svg>
        <h1>Your history starts with one number</h1>
        <p>
          Record what your account holds today. From the second balance on, a chart and the change
          appear here.
        </p>
        <p class="choices">
          <button type="button" class="quiet" @click="open('import')">Import a statement…</button>
          <button type="button" class="quiet" @click="open('key-use')">Use a key…</button>
        </p>
        <p v-if="undoable"><button type="button" class="link" @click="undo(undoable)">Undo: {{ undoable.said }}</button></p>
      </section>
    </div>

    <ToastMessage />
    <Component :is="loaded[dialog.name]" v-if="dialog && account.loaded" v-bind="dialog.props" @open="open" @close="close" />
  `,
};
