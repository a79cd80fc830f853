/* Start: index.html shows the page's shape until the history is there, then Vue takes over. */
import "./key-link.js";
import { App } from "./app.js";
import { refresh } from "./history.js";
import { pause } from "./pause.js";
import { compile, createApp } from "./vue.js";

/* A double click is one click, and a held Enter one press: rows move up under the pointer. */
document.addEventListener(
  "click",
  (event) => {
    if (event.detail > 1 && event.target.closest("button")) {
      event.preventDefault();
      event.stopPropagation();
    }
  },
  true,
);
document.addEventListener("keydown", (event) => {
  if (event.repeat && event.key === "Enter") event.preventDefault();
});

/* Return a component and all that it is made of. */
const parts = (component) => [
  component,
  ...Object.values(component.components ?? {}).flatMap((part) => parts(part)),
];

/* Compile each template in a task of its own, so that the page answers in between. The first takes
 * longer, since the browser then compiles Vue's compiler too: so a small one comes first. */
const answered = refresh();
for (const part of parts(App).reverse()) {
  if (part.render || !part.template) continue; // one that is loaded later has none yet
  await pause();
  part.render = compile(part.template);
}
await answered;

/* What was typed into the form of index.html, and where the focus was, goes on in Vue's form. */
const { id, selectionStart } = document.activeElement;
const typed = ["balance", "date"].map((name) => [name, document.getElementById(name).value]);
createApp(App, { typed: Object.fromEntries(typed) }).mount("#app");
if (id === "balance" || id === "date") {
  const field = document.getElementById(id); // none where the history could not be loaded
  field?.focus({ preventScroll: true });
  if (id === "balance") field?.setSelectionRange(selectionStart, selectionStart);
}
