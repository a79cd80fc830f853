/* Files that come to the page by themselves: dropped anywhere, or pasted as rows of a spreadsheet. */

/* Hand each list of files to `take`, while `ready` says that the page can take them. */
export function takeIncomingFiles(take, ready) {
  const mark = (dropping) => document.body.classList.toggle("dropping", dropping);
  const bringsFiles = ({ dataTransfer }) => dataTransfer?.types.includes("Files");

  /* Allow the drop, or show by the pointer that it is not; else the browser opens the file itself. */
  function dragover(event) {
    if (!bringsFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = ready() ? "copy" : "none";
    mark(ready());
  }

  function dragleave({ relatedTarget }) {
    if (!relatedTarget) mark(false); // it has left the page
  }

  function drop(event) {
    mark(false);
    if (!bringsFiles(event)) return;
    event.preventDefault();
    const files = [...event.dataTransfer.files];
    if (files.length && ready()) take(files);
  }

  function paste({ target, clipboardData }) {
    if (!ready() || target.closest?.("input:not([type='file']), textarea")) return;
    const files = [...clipboardData.files];
    const text = clipboardData.getData("text/plain");
    if (files.length) take(files);
    else if (/[\t\n]/.test(text.trim())) take([new window.File([text], "Pasted rows")]);
  }

  const listeners = { dragover, dragleave, drop, paste };
  for (const [type, listener] of Object.entries(listeners)) window.addEventListener(type, listener);
}
