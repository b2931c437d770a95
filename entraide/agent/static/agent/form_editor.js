// The editor of a form: fields move by button and by dragging, and the page shows what fits a kind as soon as it is chosen.

const editor = document.getElementById("form-editor");
const rows = () => editor.querySelector("[data-rows]");
const moved = () => document.body.dispatchEvent(new CustomEvent("arranged"));

function say(row) {
  const said = editor.querySelector("[data-said]");
  said.textContent = `${said.dataset.words} ${[...rows().children].indexOf(row) + 1}`;
}

editor?.addEventListener("click", (event) => {
  const button = event.target.closest("[data-move]");
  if (!button) return;
  event.preventDefault();
  const row = button.closest("[data-row]");
  const other = button.dataset.move === "1" ? row.nextElementSibling : row.previousElementSibling;
  if (!other) return;
  if (button.dataset.move === "1") other.after(row); else other.before(row);
  const hidden = getComputedStyle(button).visibility === "hidden";
  (hidden ? row.querySelector(`[data-move="${-button.dataset.move}"]`) : button).focus();
  say(row);
  moved();
});

/* --- dragging: the grip only, so that text in fields can still be marked --- */
let dragged = null;
editor?.addEventListener("pointerdown", (event) => {
  const grip = event.target.closest("[data-grip]");
  if (!grip || event.button) return;
  event.preventDefault();
  dragged = grip.closest("[data-row]");
  dragged.classList.add("is-dragged");
  grip.setPointerCapture(event.pointerId);
});
editor?.addEventListener("pointermove", (event) => {
  if (!dragged) return;
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("[data-row]");
  if (!over || over === dragged || !rows().contains(over)) return;
  const box = over.getBoundingClientRect();
  if (event.clientY > box.top + box.height / 2) over.after(dragged); else over.before(dragged);
});
function drop() {
  if (!dragged) return;
  dragged.classList.remove("is-dragged");
  say(dragged);
  dragged = null;
  moved();
}
for (const end of ["pointerup", "pointercancel"]) editor?.addEventListener(end, drop);

/* --- what is open stays open; a kind or a condition shows its own settings --- */
editor?.addEventListener("toggle", (event) => {
  const row = event.target.closest?.("[data-row]");
  if (row && event.target.matches("[data-more]")) row.querySelector("[data-open]").value = event.target.open ? "yes" : "";
}, true);
editor?.addEventListener("change", (event) => {
  if (event.target.matches("[data-look]")) editor.querySelector("#look")?.dispatchEvent(new CustomEvent("look"));
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.requestConfig?.elt?.id === "add-field") rows().lastElementChild?.querySelector("input:not([type=hidden])")?.focus();
  if (event.detail.target?.id === "form-fields") moved();
});

/* --- what was tried in the preview outlasts the answer that was on its way meanwhile --- */
let tried = [];
const inPreview = () => [...document.querySelectorAll("#preview [name]")];
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target?.id === "preview") tried = inPreview().map((each) => [each.name, each.value, each.checked]);
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target?.id !== "preview") return;
  for (const control of inPreview()) {
    const isTick = ["radio", "checkbox"].includes(control.type);
    const before = tried.find(([name, value]) => name === control.name && (!isTick || value === control.value));
    if (before && isTick) control.checked = before[2];
    else if (before) control.value = before[1];
  }
  inPreview()[0]?.dispatchEvent(new Event("input", { bubbles: true }));
});
