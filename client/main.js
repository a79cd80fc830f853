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

/* Compile each template in a task of its own, so that the page answers in between. The first ones
 * take longer, since the browser then compiles Vue's compiler too: so nearly nothing comes first,
 * and then the smallest. */
await pause();
const answered = refresh();
await pause();
compile("<p>");
const uncompiled = parts(App).filter(({ render, template }) => template && !render);
uncompiled.sort((part, other) => part.template.length - other.template.length);
for (const part of uncompiled) {
  await pause();
  part.render = compile(part.template);
}
await answered;
await pause();

/* The page is made beside its shape, and takes its place once there is enough of it. */
const shape = document.getElementById("app");
const page = shape.cloneNode();
createApp(App, { onReady: show }).mount(page);

/* What was typed into the shape's form, and where the focus was, goes on in Vue's form. Where the
 * history cannot be loaded there is none yet: this is called again once it is. */
async function show() {
  // A date that is half typed cannot be read, so it is waited for.
  const date = shape.querySelector("#date");
  while (date === document.activeElement && !date.validity.valid) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const { id, selectionStart } = document.activeElement;
  for (const name of ["balance", "date"]) {
    const [before, after] = [shape, page].map((form) => form.querySelector(`#${name}`));
    if (!before.value || !after) continue;
    after.value = before.value;
    after.dispatchEvent(new window.Event("input"));
  }
  if (page.isConnected) return;
  shape.replaceWith(page);
  if (id !== "balance" && id !== "date") return;
  const field = document.getElementById(id);
  field?.focus({ preventScroll: true });
  if (id === "balance") field?.setSelectionRange(selectionStart, selectionStart);
}
