/* The page: the grey side, lines about what is wrong, the cards, the toast, and one dialog at a time. */
import { account, refresh } from "./account.js";
import { BalanceChart } from "./chart.js";
import { basis, byDay, within } from "./chart-scale.js";
import { BalanceHeadline, PriceCard } from "./headline.js";
import { takeIncomingFiles } from "./import-files.js";
import { undo, undoable } from "./outbox.js";
import { RecordForm } from "./recording.js";
import { remembered } from "./storage.js";
import { HistoryTable } from "./table.js";
import { tell, ToastMessage } from "./toast.js";
import { computed, onMounted, shallowRef, useTemplateRef } from "./vue.js";

/* A line over the page about something that is wrong. It pushes the page down and covers nothing. */
const NoticeLine = {
  props: {
    action: String, // what the button does, none where it is empty
    closable: Boolean,
    offline: Boolean,
  },
  emits: ["act", "close"],
  template: /* html */ `
    <div class="notice screen">
      <svg aria-hidden="true"><use :href="offline ? '#offline' : '#warning'"></use></svg>
      <p role="alert"><slot></slot></p>
      <button v-if="action" type="button" class="link" @click="$emit('act')">{{ action }}</button>
      <button v-if="closable" type="button" class="icon" aria-label="Close" @click="$emit('close')">✕</button>
    </div>
  `,
};

/* A few links and buttons behind one word in the grey side. */
const RailMenu = {
  props: { icon: String, name: String },
  setup() {
    const menu = useTemplateRef("menu");

    /* Close, and give the focus back, before a dialog opens: it returns the focus to what has it then. */
    function leave() {
      if (!menu.value.open) return;
      menu.value.open = false;
      menu.value.firstElementChild.focus();
    }

    function closeFromOutside({ target }) {
      if (!menu.value.contains(target)) menu.value.open = false;
    }
    onMounted(() => {
      for (const type of ["click", "focusin"]) document.addEventListener(type, closeFromOutside);
    });
    return { leave };
  },
  template: /* html */ `
    <details ref="menu" class="menu" @keydown.esc="leave">
      <summary><svg aria-hidden="true"><use :href="'#' + icon"></use></svg> {{ name }}</summary>
      <div class="panel card" @click.capture="leave"><slot></slot></div>
    </details>
  `,
};

/* The dialogs are loaded when they are first opened, each with the style sheets of its room. */
const STYLES = { fresh: ["dialog.css"], import: ["dialog.css", "import.css"], key: ["dialog.css", "key.css"] };
const loaded = {}; // by name
let failures = 0;

/* Load a dialog. Chromium does not ask again for a module that has failed at the same address. */
async function load(name) {
  const [room] = name.split("-");
  try {
    const module = import(`./${name}-dialog.js${failures ? `?${failures}` : ""}`);
    const [{ default: component }] = await Promise.all([module, ...STYLES[room].map(loadStyle)]);
    return component;
  } catch (error) {
    failures += 1;
    throw error;
  }
}

function loadStyle(file) {
  const { href } = new URL(file, import.meta.url);
  if (Array.from(document.styleSheets, (sheet) => sheet.href).includes(href)) return null;
  return new Promise((onload, onerror) => {
    const link = document.createElement("link");
    document.head.append(Object.assign(link, { rel: "stylesheet", href, onload, onerror }));
  });
}

/* Ignore the second click of a double click: after a deletion the next row lies under the pointer. So
 * with a held Enter. What is pressed several times in a row says so. */
function ignoreRepeats() {
  const ignore = (event) => {
    if (event.detail < 2 || !event.target.closest("button:not([data-repeatable])")) return;
    event.preventDefault();
    event.stopPropagation();
  };
  document.addEventListener("click", ignore, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.repeat && event.key === "Enter") event.preventDefault();
  });
}

export const App = {
  components: {
    BalanceChart,
    BalanceHeadline,
    HistoryTable,
    NoticeLine,
    PriceCard,
    RailMenu,
    RecordForm,
    ToastMessage,
  },
  setup() {
    const cookies = navigator.cookieEnabled;
    const unit = remembered("unit", "rand"); // or "bitcoin"
    const range = remembered("range", "6M");
    const inRange = (days) => within(range.value, days, account.today);
    const days = computed(() => byDay(account.own));
    const compared = computed(() => basis(inRange(days.value), unit.value));

    /* The chart shows the samples too, until there are two days of one's own. */
    const charted = computed(() => inRange(days.value.length > 1 ? days.value : byDay(account.balances)));

    const dialog = shallowRef(null); // the one that is open: its `name`, its `component` and its `props`
    let wanted = ""; // the one that was asked for last

    async function open(name, props) {
      wanted = name;
      try {
        loaded[name] ??= await load(name);
        if (wanted === name) dialog.value = { name, component: loaded[name], props };
      } catch {
        const failure = "This part of the page cannot be loaded. Check your connection and try again, or reload.";
        tell(failure, { failed: true });
      }
    }

    takeIncomingFiles(
      (files) => open("import", { files }),
      () => account.loaded && (!dialog.value || dialog.value.name === "import"),
    );
    ignoreRepeats();
    return { charted, compared, cookies, dialog, open, range, refresh, undo, undoable, unit };
  },
  template: /* html */ `
    <Teleport v-if="account.loaded" to="#rail">
      <button type="button" @click="open('import')">
        <svg aria-hidden="true"><use href="#import"></use></svg> Import
      </button>
      <RailMenu icon="devices" name="Devices">
        <button type="button" @click="open('key')">Open on another device…</button>
        <button type="button" @click="open('key-use')">I have a key…</button>
      </RailMenu>
      <RailMenu icon="export" name="Export">
        <template v-if="account.own.length">
          <a href="api/balances.xlsx" download>Excel workbook</a>
          <a href="api/balances.csv" download>CSV</a>
        </template>
        <p v-else>There is nothing of your own to export yet.</p>
      </RailMenu>
    </Teleport>

    <NoticeLine v-if="!cookies">
      This browser refuses cookies, so Good Bank cannot keep your history.
    </NoticeLine>
    <NoticeLine v-if="account.trouble" offline :action="account.loaded ? '' : 'Load again'" @act="refresh">
      {{ account.trouble }}
      <template v-if="account.kept">What is shown is from {{ moment(account.since) }}, kept on this device.</template>
      <template v-else-if="account.loaded">What is shown may be out of date; what you type is kept.</template>
    </NoticeLine>
    <NoticeLine v-if="account.replaced" action="I have a key…" closable @act="open('key-use')"
                @close="account.replaced = false">
      This is another history. Everything was deleted on another device, or added to this history there,
      or this browser’s cookies were cleared.
    </NoticeLine>
    <NoticeLine v-if="account.joined" closable @close="account.joined = ''">
      On another device, these balances were added to another history, which is shown now.
    </NoticeLine>
    <NoticeLine v-if="account.emptied" closable @close="account.emptied = false">
      Everything was deleted on another device.
    </NoticeLine>

    <h1 v-if="!account.loaded" class="unseen">Account History</h1>
    <div v-else class="grid" :class="{ bare: !account.balances.length }" :aria-busy="account.kept && !account.trouble">
      <BalanceHeadline :basis="compared" :unit="unit" />
      <RecordForm />
      <PriceCard :since="compared" />

      <template v-if="account.balances.length">
        <BalanceChart v-model:unit="unit" v-model:range="range" :ranged="charted" />
        <HistoryTable @fresh="open('fresh')" />
      </template>
      <section v-else class="empty card">
        <svg class="smiley" aria-hidden="true"><use href="#smiley"></use></svg>
        <h1>Your history starts with one number</h1>
        <p>Record what your account holds today, or begin with what you have.</p>
        <p class="choices">
          <button type="button" class="quiet" @click="open('import')">Import a statement…</button>
          <button type="button" class="quiet" @click="open('key-use')">I have a key…</button>
        </p>
        <p v-if="undoable"><button type="button" class="link" @click="undo(undoable)">Undo: {{ undoable.said }}</button></p>
      </section>
    </div>

    <ToastMessage @undo="undo" />
    <Component :is="dialog.component" v-if="dialog && account.loaded" v-bind="dialog.props" @open="open" @close="dialog = null" />
  `,
};
