/* Opens the history on another device: makes its key, tells when one was made, revokes it. */
import { account } from "./account.js";
import { fetchKeyDay, makeKey, revokeKey } from "./api.js";
import { ModalDialog } from "./dialog.js";
import { fullDate } from "./format.js";
import { MadeKey } from "./key-made.js";
import { keep } from "./storage.js";
import { computed, nextTick, ref, shallowRef, watch } from "./vue.js";

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
    const day = ref(); // when the key was made, null where there is none, undefined if not known
    const made = shallowRef(null); // the key that was made just now, and its link
    const hidden = ref(false); // whether the other choices show in the place of the new key
    const asking = ref(false); // whether the key may go unseen
    let taken = true; // whether the new key is copied, or said to be
    const busy = ref(false);
    const done = ref("");
    const problem = ref("");

    /* Carry out a call, once at a time; say `perhaps` where its answer is lost. */
    async function send(request, perhaps = "") {
      if (busy.value) return;
      busy.value = true;
      done.value = problem.value = "";
      try {
        await request();
      } catch (error) {
        problem.value = error.lost ? `${error.message} ${perhaps}` : error.message;
      }
      busy.value = false;
    }

    const look = () => send(async () => (day.value = await fetchKeyDay()));

    const make = () =>
      send(async () => {
        setTaken(false); // the answer may be lost
        made.value = await makeKey(reachablePage());
        hidden.value = false;
        day.value = account.today;
      }, "Perhaps a key was made that nobody has seen, and ended the one before: make another.");

    const revoke = () =>
      send(async () => {
        day.value = await revokeKey();
        made.value = null;
        setTaken(true);
        done.value = "Revoked: no key opens this history any more.";
      }, "Perhaps the key was revoked: try again.");

    function setTaken(is) {
      taken = is;
      keep("localStorage", "key-untaken", is ? "" : account.name);
      asking.value = false;
    }

    /* Ask once before a key goes that was not copied. */
    function mayClose() {
      if (taken || asking.value || !made.value) return true;
      asking.value = true;
      hidden.value = false;
      nextTick(() => document.querySelector("dialog.key .asking button").focus());
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

    const showing = computed(() => made.value !== null && !hidden.value);
    const title = computed(() => (showing.value ? "Your key opens this history anywhere" : "Open on another device"));

    /* The button that was pressed may be gone: the focus goes to the main one. */
    function refocus() {
      if (document.activeElement === document.body) {
        document.querySelector("dialog.key .main")?.focus();
      }
    }
    watch([showing, day], refocus, { flush: "post" });
    look();
    return {
      asking,
      busy,
      closeTaken,
      day,
      done,
      fullDate,
      go,
      hidden,
      look,
      made,
      make,
      mayClose,
      problem,
      revoke,
      setTaken,
      showing,
      title,
    };
  },
  template: /* html */ `
    <ModalDialog class="key" :title="title" :may-close="mayClose" @close="$emit('close')">
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
      <MadeKey v-if="showing" :made="made" @taken="setTaken(true)" />
      <template v-else>
        <p>
          A key opens this history on your phone, in another browser or in a script. No account, no
          password.
        </p>
        <template v-if="day">
          <p>
            <b>A key was made on {{ fullDate(day) }}.</b> It is shown only when it is made. Make a new
            one, and this one opens nothing any more; browsers that it has opened stay open.
          </p>
          <p class="choices">
            <button type="button" class="main" :aria-disabled="busy" @click="make">Make a new key</button>
            <button v-if="made" type="button" class="quiet" @click="hidden = false">Back to the key</button>
            <button type="button" class="link danger" :aria-disabled="busy" @click="revoke">Revoke the key</button>
          </p>
        </template>
        <p v-else-if="day === null" class="choices">
          <button type="button" class="main" :aria-disabled="busy" @click="make">Make a key</button>
        </p>
        <p v-else-if="problem"><button type="button" class="quiet" @click="look">Try again</button></p>
        <p v-else class="choices">Looking for a key…</p>
        <p role="status">{{ done }}</p>
      </template>
      <p v-if="problem" class="error" role="alert">{{ problem }}</p>
      <template #foot>
        <button type="button" class="link" @click="go('key-use')">I have a key…</button>
        <button v-if="showing" type="button" class="link danger" @click="hidden = true">Revoke or replace it…</button>
        <button v-else type="button" class="link" @click="go('key-leave')">Leave this browser…</button>
      </template>
    </ModalDialog>
  `,
};
