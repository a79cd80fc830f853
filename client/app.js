/* The page: what is shown, and what becomes of what its parts tell. */
import * as api from "./api.js";
import { BalanceChart } from "./balance-chart.js";
import { BalanceForm } from "./balance-form.js";
import { BalanceHeadline } from "./balance-headline.js";
import { EmptyState } from "./empty-state.js";
import { counted, rand, shortDate } from "./format.js";
import { FreshDialog } from "./fresh-dialog.js";
import { act, history, own, rate, refresh, samples, tabs } from "./history.js";
import { HistoryRow } from "./history-row.js";
import { HistoryTable } from "./history-table.js";
import { useIncomingFiles } from "./incoming-files.js";
import { KeepCard } from "./keep-card.js";
import { onLinkedKey } from "./key-link.js";
import { ModalDialog } from "./modal-dialog.js";
import { NoticeLine } from "./notice-line.js";
import { PriceCard } from "./price-card.js";
import { RowEditor } from "./row-editor.js";
import { SamplesStrip } from "./samples-strip.js";
import { SearchField } from "./search-field.js";
import { basis, byDay, within } from "./series.js";
import { keep, kept } from "./storage.js";
import { ToastMessage } from "./toast-message.js";
import { useUndo } from "./undo.js";
import { computed, defineAsyncComponent, onMounted, ref, shallowRef, watch } from "./vue.js";

/* A ref of a choice that this browser remembers. */
function remembered(name, choice) {
  const chosen = ref(kept("localStorage", name, choice));
  watch(chosen, (value) => keep("localStorage", name, value));
  return chosen;
}

/* The dialogs that are loaded when they are first opened. */
const later = {
  import: () => import("./import-dialog.js"),
  key: () => import("./key-dialog.js"),
  "use-key": () => import("./use-key-dialog.js"),
  leave: () => import("./leave-dialog.js"),
};

export const App = {
  components: {
    ...{ BalanceChart, BalanceForm, BalanceHeadline, EmptyState, FreshDialog, HistoryTable },
    ...{ KeepCard, NoticeLine, PriceCard, SamplesStrip, ToastMessage },
    ImportDialog: defineAsyncComponent(async () => (await later.import()).ImportDialog),
    KeyDialog: defineAsyncComponent(async () => (await later.key()).KeyDialog),
    UseKeyDialog: defineAsyncComponent(async () => (await later["use-key"]()).UseKeyDialog),
    LeaveDialog: defineAsyncComponent(async () => (await later.leave()).LeaveDialog),
  },
  props: {
    typed: Object, // into the form before Vue came: `balance` and `date`
  },
  setup() {
    const cookies = navigator.cookieEnabled;
    const unit = remembered("unit", "rand"); // or "bitcoin"
    const range = remembered("range", "6M");
    const newestFirst = remembered("newest-first", false);
    const samplesShown = ref(false); // beside one's own
    const dialog = ref(""); // "fresh", or the name of one of `later`
    const files = shallowRef([]); // for the import dialog, dropped or pasted
    const linked = ref(""); // the key of the link that was opened

    const tracked = computed(() => (own.value.length ? own.value : samples.value)); // no mixture
    const days = computed(() => byDay(tracked.value));
    const ranged = computed(() => within(range.value, days.value, history.today));
    const compared = computed(() => (own.value.length ? basis(ranged.value, unit.value) : null));
    const shown = computed(() =>
      samplesShown.value || !own.value.length ? history.balances : own.value,
    );

    /* The parts come one after the other, so that no task is long and the page answers in between. */
    const ready = ref(0);
    onMounted(async () => {
      while (ready.value < 2) {
        await new Promise(setTimeout);
        ready.value++;
      }
    });

    /* Tell what was done, and whether it went wrong or can be taken back. */
    const toast = shallowRef({ said: "" });
    const { undoable, note, forget, forgetAll } = useUndo(own);
    const tell = (said, more) => (toast.value = { said, ...more });
    const words = ({ date, balance }) => `${shortDate(date, history.today)}, ${rand(balance)}`;

    async function open(name) {
      try {
        await later[name]?.();
        dialog.value = name;
      } catch {
        const failure =
          "This part of the page cannot be loaded. Check your connection and try again.";
        tell(failure, { failed: true });
      }
    }

    /* Carry out an action; say that it is done, or why not. Return whether it is. */
    async function attemptTo(request, done, options) {
      try {
        await act(request, options);
        tell(done);
        return true;
      } catch (error) {
        tell(error.message, { failed: true });
        return false;
      }
    }

    /* Point an entry out in the table; `scroll` to it, or `focus` it. */
    const pointed = shallowRef(null);
    const point = (id, how) => (pointed.value = { id, ...how });

    /* Record */

    const saving = ref(false);
    const refused = shallowRef(null); // why the values in the form were not recorded
    const recorded = shallowRef(null); // the values recorded last, with their id
    let attempt = {}; // the values being sent, and the key that names them

    function succeed() {
      const { balance, date, key } = attempt;
      attempt = {};
      refused.value = null;
      recorded.value = { balance, date };
      point(key, { scroll: date === history.today });
      const step = { said: `Recorded ${words({ date, balance })}`, call: "remove", id: key };
      tell(step.said, { step });
    }

    /* Send a balance. Sent again after a failure, the same values keep their key. */
    async function record({ balance, date }) {
      if (history.pending) return;
      if (attempt.balance !== balance || attempt.date !== date) {
        attempt = { balance, date, key: api.newKey() };
      }
      const { key } = attempt;
      refused.value = null;
      saving.value = true;
      try {
        const { balances } = await act(() => api.record({ balance, date }, key));
        if (balances.some(({ id }) => id === key)) {
          succeed();
        } else {
          attempt = {};
          const message = "It was recorded, and deleted since. Send it again to record it anew.";
          refused.value = { message, errors: [] };
        }
      } catch (error) {
        refused.value = error;
      }
      saving.value = false;
    }

    /* Once the server answers again, it tells what became of a balance whose answer was lost. */
    watch(
      () => history.answers,
      () => {
        if (!refused.value?.lost) return;
        if (own.value.some(({ id }) => id === attempt.key)) succeed();
        else refused.value = { message: "", note: "Not recorded yet: send it again.", errors: [] };
      },
    );

    /* Correct */

    const edited = ref(null); // id of the entry that is being changed
    const editError = ref("");

    function edit(id) {
      edited.value = id;
      editError.value = "";
    }

    async function change(entry, values) {
      if (history.pending) return;
      try {
        await act(() => api.change(entry.id, values));
        tell(`Changed to ${words(values)}`);
        edit(null);
        point(entry.id, { scroll: true, focus: true });
      } catch (error) {
        editError.value = error.message;
      }
    }

    async function remove(entry) {
      if (history.pending) return;
      const step = { said: `Deleted ${words(entry)}`, call: "restore", id: entry.id };
      note(step);
      if (entry.id === attempt.key) attempt = {}; // to send it again means to record it anew
      if (await attemptTo(() => api.remove(entry.id), "")) tell(step.said, { step });
    }

    /* Take a step back. */
    async function undo(step) {
      if (history.pending) return;
      try {
        await act(() => api[step.call](step.id));
        tell(`Undone: ${step.said[0].toLowerCase()}${step.said.slice(1)}`);
        if (step.call === "restore") point(step.id, { scroll: true, focus: true });
      } catch (error) {
        tell(error.message, { failed: true });
        if (error.status !== 404) return;
      }
      forget(step);
    }

    function removeSamples() {
      if (!history.pending) attemptTo(api.removeSamples, "The samples are gone.");
    }

    async function startFresh() {
      dialog.value = "";
      if (history.pending) return;
      const adopt = "Everything was deleted in another tab.";
      if (await attemptTo(api.startFresh, "Everything is deleted.", { adopt })) forgetAll();
    }

    function close() {
      dialog.value = linked.value = "";
      files.value = [];
    }

    /* Say what the import dialog added, which can be taken back. */
    function imported({ said, id }) {
      const step = id && { said, call: "removeImport", id };
      if (step) note(step);
      tell(said, { step });
    }

    /* Note what an import has added, if it has: its answer is lost. */
    function importLost({ said, id, added }) {
      note({ said, call: "removeImport", id, added });
    }

    useIncomingFiles(
      (list) => {
        files.value = list;
        open("import");
      },
      () => dialog.value === "" || dialog.value === "import",
    );

    /* Another history is shown: what was done in the one before cannot be undone, unless it moved. */
    function opened(moved) {
      close();
      tell(`The history is open: ${counted(own.value.length)}.`);
      history.replaced = false;
      if (!moved) forgetAll();
    }

    function left() {
      close();
      tell("This browser has forgotten the history.");
      forgetAll();
    }

    onLinkedKey((key) => {
      linked.value = key;
      open("use-key");
    });

    tabs.addEventListener("message", ({ data }) => {
      if (!data.said) return;
      tell(data.said);
      forgetAll();
    });
    watch(
      () => history.replaced,
      (replaced) => replaced && forgetAll(),
    );

    return {
      ...{
        history,
        own,
        samples,
        rate,
        cookies,
        unit,
        range,
        newestFirst,
        samplesShown,
        dialog,
        open,
      },
      ...{ tracked, days, ranged, compared, shown, pointed, ready, refresh },
      ...{ toast, tell, undoable, undo },
      ...{ saving, refused, recorded, record },
      ...{ edited, editError, edit, change, remove, removeSamples, startFresh },
      ...{ files, linked, close, imported, importLost, opened, left },
    };
  },
  template: /* html */ `
    <notice-line v-if="!cookies">
      This browser refuses cookies, so Good Bank cannot keep your history.
    </notice-line>
    <notice-line v-if="history.trouble" offline :action="history.loaded ? '' : 'Load again'" @act="refresh">
      {{ history.trouble }}
      <template v-if="history.loaded">What is shown may be out of date; what you type is kept.</template>
    </notice-line>
    <notice-line v-if="history.replaced" action="Use a key…" closable @act="open('use-key')"
                 @close="history.replaced = false">
      This is another history: this browser no longer opens the one you saw before. Its cookies
      were cleared, perhaps, or another history was opened.
    </notice-line>

    <div v-if="history.loaded" class="grid" :class="{ bare: !tracked.length }">
      <balance-headline :current="tracked.at(-1)" :basis="compared" :unit="unit" :rate="rate" :today="history.today">
      </balance-headline>
      <balance-form :first="!tracked.length" :typed="typed" :today="history.today" :rate="rate"
                    :saving="saving" :busy="history.pending" :refused="refused" :recorded="recorded"
                    @record="record">
      </balance-form>
      <price-card :rate="rate" :since="compared" :today="history.today"></price-card>

      <template v-if="tracked.length">
        <balance-chart v-if="ready > 0" v-model:unit="unit" v-model:range="range" :days="days" :ranged="ranged"
                       :today="history.today">
        </balance-chart>
        <history-table v-if="ready > 1" v-model:newest-first="newestFirst" :entries="shown" :today="history.today"
                       :priced="rate !== null" :pointed="pointed" :edited="edited" :edit-error="editError"
                       :busy="history.pending" :undoable="undoable?.said" @edit="edit" @change="change"
                       @remove="remove" @undo="undo(undoable)">
          <samples-strip v-if="samples.length" :samples="samples.length" :own="own.length"
                         v-model:shown="samplesShown" @remove="removeSamples">
          </samples-strip>
        </history-table>
        <keep-card v-if="ready > 1" :own="own.length" @import="open('import')" @key="open('key')" @fresh="open('fresh')">
        </keep-card>
      </template>
      <empty-state v-else :undoable="undoable?.said" @import="open('import')" @key="open('use-key')"
                   @undo="undo(undoable)">
      </empty-state>
    </div>
    <h1 v-else class="unseen">Account History</h1>

    <toast-message v-bind="toast" :busy="history.pending" @undo="undo(toast.step)" @close="tell('')">
    </toast-message>
    <import-dialog v-if="dialog === 'import'" :files="files" @imported="imported" @lost="importLost"
                   @close="close">
    </import-dialog>
    <key-dialog v-if="dialog === 'key'" @use="open('use-key')" @leave="open('leave')" @close="close"></key-dialog>
    <use-key-dialog v-if="dialog === 'use-key' && history.loaded" :own="own.length" :linked="linked" @opened="opened"
                    @key="open('key')" @close="close">
    </use-key-dialog>
    <leave-dialog v-if="dialog === 'leave'" :own="own.length" @left="left" @key="open('key')" @close="close">
    </leave-dialog>
    <fresh-dialog v-if="dialog === 'fresh'" :own="own.length" :samples="samples.length"
                  @fresh="startFresh" @close="dialog = ''">
    </fresh-dialog>
  `,
};

/* All that main.js compiles. */
export const parts = [
  ...[App, BalanceHeadline, BalanceForm, PriceCard, BalanceChart, HistoryTable, HistoryRow],
  ...[RowEditor, SamplesStrip, SearchField, KeepCard, EmptyState, NoticeLine, ToastMessage],
  ...[FreshDialog, ModalDialog],
];
