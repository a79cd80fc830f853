/* The page: the account, what is told over it, and its dialogs. */
import { AccountView } from "./account-view.js";
import { forgetAll, note, pointed, startFresh, tell, toast, undo } from "./activity.js";
import { counted } from "./format.js";
import { history, own, refresh, samples } from "./history.js";
import { useIncomingFiles } from "./incoming-files.js";
import { onLinkedKey } from "./key-link.js";
import { NoticeLine } from "./notice-line.js";
import { pause } from "./pause.js";
import { ToastMessage } from "./toast-message.js";
import { defineAsyncComponent, onMounted, ref, shallowRef } from "./vue.js";

/* The dialogs, each loaded when it is first opened. */
const later = {
  import: loader("./import-dialog.js"),
  key: loader("./key-dialog.js"),
  "use-key": loader("./use-key-dialog.js"),
  leave: loader("./leave-dialog.js"),
  fresh: loader("./fresh-dialog.js"),
};

/* Return a function that loads a module. Chromium does not ask again for one that has failed. */
function loader(file) {
  let failures = 0;
  return async () => {
    try {
      return await import(failures ? `${file}?${failures}` : file);
    } catch (error) {
      failures += 1;
      throw error;
    }
  };
}

export const App = {
  components: {
    ...{ AccountView, NoticeLine, ToastMessage },
    ImportDialog: defineAsyncComponent(async () => (await later.import()).ImportDialog),
    KeyDialog: defineAsyncComponent(async () => (await later.key()).KeyDialog),
    UseKeyDialog: defineAsyncComponent(async () => (await later["use-key"]()).UseKeyDialog),
    LeaveDialog: defineAsyncComponent(async () => (await later.leave()).LeaveDialog),
    FreshDialog: defineAsyncComponent(async () => (await later.fresh()).FreshDialog),
  },
  emits: ["ready"], // to be shown
  setup(props, { emit }) {
    const cookies = navigator.cookieEnabled;
    const dialog = ref(""); // the name of one of `later`
    const files = shallowRef([]); // for the import dialog, dropped or pasted
    const linked = ref(""); // the key of the link that was opened
    let shown = false; // no dialog can open before

    /* Open a dialog, with the `key` of a link where one asks for it. */
    async function open(name, key = "") {
      try {
        await later[name]();
        linked.value = key; // only now: the dialog before may just be closing
        dialog.value = name;
      } catch {
        const failure =
          "This part of the page cannot be loaded. Check your connection and try again, or reload.";
        tell(failure, { failed: true });
      }
    }

    function close() {
      dialog.value = linked.value = "";
      files.value = [];
    }

    function fresh() {
      if (history.pending) return;
      close();
      startFresh();
    }

    /* Point out the entry beside one that was deleted. */
    function goOn(id) {
      pointed.value = { id, focus: true };
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

    /* The page can take the place of its shape, once the account is there or has failed to come. */
    function show() {
      emit("ready");
      if (shown) return;
      shown = true;
      onLinkedKey((key) => open("use-key", key));
    }
    const begun = ref(false); // the account has a task of its own
    onMounted(async () => {
      await pause();
      begun.value = true;
      if (!history.loaded) show();
    });

    useIncomingFiles(
      (list) => {
        files.value = list;
        open("import");
      },
      () => shown && (dialog.value === "" || dialog.value === "import"),
    );
    return {
      ...{ history, own, samples, refresh, cookies, toast, tell, undo },
      ...{ begun, dialog, files, linked, open, close, show },
      ...{ fresh, goOn, imported, importLost, opened, left },
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

    <account-view v-if="begun && history.loaded" @open="open" @ready="show"></account-view>
    <h1 v-else class="unseen">Account History</h1>

    <toast-message v-bind="toast" :busy="history.pending" @undo="undo(toast.step)" @close="tell('')"
                   @go-on="goOn">
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
    <fresh-dialog v-if="dialog === 'fresh'" :own="own.length" :samples="samples.length" :busy="history.pending"
                  @fresh="fresh" @close="close">
    </fresh-dialog>
  `,
};
