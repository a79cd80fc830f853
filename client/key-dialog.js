/* Opens the history on another device: makes its key, tells when one was made, revokes it. */
import { account } from "./account.js";
import { fetchKeyDay, makeKey, revokeKey } from "./api.js";
import { ModalDialog, useCall } from "./dialog.js";
import { MadeKey } from "./key-made.js";
import { keep } from "./storage.js";
import { nextTick, ref, shallowReactive, watch } from "./vue.js";

const THIS_COMPUTER = /^(localhost|.+\.localhost|127\..+|0\.0\.0\.0|\[::1\])$/;

/* Return the page's address, or undefined where no other device can reach it. */
function reachablePage() {
  const { hostname, origin, pathname } = window.location;
  return THIS_COMPUTER.test(hostname) ? undefined : origin + pathname;
}

export default {
  components: { MadeKey, ModalDialog },
  emits: ["open", "close"], // open: the name of another dialog
  setup(_, { emit }) {
    const key = shallowReactive({
      day: undefined, // when it was made, null where there is none, undefined if not known
      made: null, // the key that was made just now, and its link
      shown: false, // whether that is shown, else the other choices
      taken: true, // whether it is copied, or said to be
      revoked: false,
    });
    const asking = ref(false); // whether the key may go untaken
    const { busy, call, problem } = useCall();

    const look = () => call(async () => (key.day = await fetchKeyDay()));

    const make = () =>
      call(async () => {
        const { taken } = key;
        setTaken(false); // the answer may be lost
        const made = await makeKey(reachablePage()).catch((error) => {
          if (!error.lost) setTaken(taken);
          throw error;
        });
        Object.assign(key, { made, day: account.today, shown: true, revoked: false });
      }, "Perhaps a key was made that nobody has seen, and ended the one before: make another.");

    const revoke = () =>
      call(async () => {
        await revokeKey();
        Object.assign(key, { made: null, day: null, revoked: true });
        setTaken(true);
      }, "Perhaps the key was revoked: try again.");

    function setTaken(taken) {
      key.taken = taken;
      keep("localStorage", "key-untaken", taken ? "" : account.name);
      asking.value = false;
    }

    /* Stay open while a key is made or revoked, and ask before one goes that was not copied. */
    function mayClose() {
      if (busy.value && key.day !== undefined) return false;
      if (key.taken || !key.made) return true;
      asking.value = key.shown = true;
      nextTick(() => document.querySelector("dialog.key .asking button")?.focus());
      return false;
    }

    function go(name) {
      if (mayClose()) emit("open", name);
    }

    /* The key was written down or scanned, as far as the page can know. */
    function closeTaken() {
      setTaken(true);
      emit("close");
    }

    /* The button that was pressed may be gone: the focus goes to the main one. */
    function refocus() {
      if (document.activeElement !== document.body) return;
      document.querySelector("dialog.key .main")?.focus();
    }
    watch(() => [key.shown, key.day], refocus, { flush: "post" });
    look();
    return { asking, busy, closeTaken, go, key, look, make, mayClose, problem, revoke, setTaken };
  },
  template: /* html */ `
    <ModalDialog class="key" :title="key.shown ? 'Your key opens this history anywhere' : 'Open on another device'"
                 :may-close="mayClose" @close="$emit('close')">
      <div v-if="asking" class="asking warning" role="alert">
        <svg aria-hidden="true"><use href="#warning"></use></svg>
        <div>
          <b>Close without the key?</b> It was not copied, and it is not shown again.
          <p class="choices">
            <button type="button" class="quiet" @click="closeTaken">I have it: close</button>
            <button type="button" class="link danger" @click="$emit('close')">Close without it</button>
          </p>
        </div>
      </div>
      <MadeKey v-if="key.shown" :made="key.made" @taken="setTaken(true)" />
      <template v-else>
        <p>
          A key opens this history on your phone, in another browser or in a script. No account, no
          password.
        </p>
        <template v-if="key.day">
          <p>
            <b>A key was made on {{ fullDate(key.day) }}.</b> It is shown only when it is made. Make a new
            one, and this one opens nothing any more; browsers that it has opened stay open.
          </p>
          <p class="choices">
            <button type="button" class="main" :aria-disabled="busy" @click="make">Make a new key</button>
            <button v-if="key.made" type="button" class="quiet" @click="key.shown = true">Back to the key</button>
            <button type="button" class="link danger" :aria-disabled="busy" @click="revoke">Revoke the key</button>
          </p>
        </template>
        <p v-else-if="key.day === null" class="choices">
          <button type="button" class="main" :aria-disabled="busy" @click="make">Make a key</button>
        </p>
        <p v-else-if="problem"><button type="button" class="quiet" @click="look">Try again</button></p>
        <p v-else class="choices">Looking for a key…</p>
        <p role="status">{{ key.revoked ? "Revoked: no key opens this history any more." : "" }}</p>
      </template>
      <p v-if="problem" class="error" role="alert">{{ problem }}</p>
      <template #foot>
        <button type="button" class="link" @click="go('key-use')">I have a key…</button>
        <button v-if="key.shown" type="button" class="link danger" @click="key.shown = false">Revoke or replace it…</button>
        <button v-else type="button" class="link" @click="go('key-leave')">Leave this browser…</button>
      </template>
    </ModalDialog>
  `,
};
