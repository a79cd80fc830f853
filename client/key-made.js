/* A new key, shown this once: to read, to copy, to scan, and for the password manager to keep. */
import { ref, useTemplateRef } from "./vue.js";

export const MadeKey = {
  props: {
    made: Object, // the `key`, and where another device can reach the page, the `link` and its `qr`
  },
  emits: ["taken"], // copied, or so handed to the password manager
  setup(_, { emit }) {
    const copied = ref(""); // "key" or "link"
    const failed = ref(false);
    const groups = useTemplateRef("groups");

    async function copyThe(what, text) {
      copied.value = "";
      try {
        await copy(text);
        copied.value = what;
        failed.value = false;
        emit("taken");
      } catch {
        failed.value = true;
        document.getSelection().selectAllChildren(groups.value);
      }
    }
    return { copied, failed, copyThe, host: window.location.host };
  },
  template: /* html */ `
    <p id="made-once">
      It is shown this once.
      <template v-if="made.qr">Type it on another device, or scan the code with its camera. No account, no password.</template>
      <template v-else>
        {{ host }} is an address of this computer alone, so the key works in other browsers and scripts
        here, and there is no link for another device.
      </template>
    </p>
    <form class="made" :class="{ scanned: made.qr }" @submit.prevent="copyThe('key', made.key)">
      <p ref="groups" class="groups" aria-label="Your key" role="group" @copy="$emit('taken')"><span v-for="group in made.key.split('-')">{{ group }}</span></p>
      <input class="unseen" name="username" autocomplete="username" value="Good Bank" readonly tabindex="-1"
             aria-label="Name">
      <input class="unseen" name="key" type="password" autocomplete="new-password" :value="made.key" readonly
             tabindex="-1" aria-label="Key">
      <button type="submit" class="main" aria-describedby="made-once">
        <svg viewBox="0 0 20 20" aria-hidden="true"><path d="M7 7h9.5v9.5H7zM13 7V3.5H3.5V13H7"></path></svg>
        {{ copied === "key" ? "Copied" : "Copy key" }}
      </button>
      <button v-if="made.link" type="button" class="quiet" @click="copyThe('link', made.link)">
        {{ copied === "link" ? "Copied" : "Copy link" }}
      </button>
      <svg v-if="made.qr" class="qr" role="img" aria-label="QR code of the link"
           :viewBox="[-4, -4, made.qr.width + 8, made.qr.width + 8].join(' ')"><path :d="made.qr.path"></path></svg>
    </form>
    <p class="unseen" role="status">{{ copied && "The " + copied + " is copied." }}</p>
    <p v-if="failed" class="error" role="alert">This browser does not copy by itself. The key is selected now: copy it as you copy any text.</p>
    <p class="warning">
      <svg aria-hidden="true"><use href="#warning"></use></svg>
      Whoever has this key can read and change your history. Keep it as you would keep a PIN.
    </p>
  `,
};

/* Copy a text; throw where the browser refuses. Over plain http there is no `navigator.clipboard`. */
async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const put = (event) => {
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  };
  document.addEventListener("copy", put);
  const copied = document.execCommand("copy");
  document.removeEventListener("copy", put);
  if (!copied) throw new Error("This browser does not copy.");
}
