// Macros in the reply box: the picker, the text that lands in the box, and what will be done with the sending.

const dialog = document.getElementById("macros");
const list = dialog?.querySelector("ul");
const search = dialog?.querySelector("input");
const shown = () => [...list.querySelectorAll("li:not([hidden]) > button")];
let from = null;

async function open(form) {
  from = form;
  search.value = "";
  dialog.showModal();
  search.focus();
  const answer = await fetch(dialog.dataset.url);
  if (!answer.ok || answer.redirected) return;
  list.innerHTML = await answer.text();
  narrow();
}
const folded = (words) => words.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
function narrow() {
  const terms = folded(search.value).split(/\s+/).filter(Boolean);
  for (const row of list.querySelectorAll("li")) {
    const words = folded(row.firstElementChild?.dataset?.words || "");
    row.hidden = !terms.every((term) => words.includes(term));
  }
  mark(shown()[0]);
  dialog.querySelector("[data-nothing]").hidden = shown().length > 0 || !terms.length;
}
function mark(button) {
  for (const each of list.querySelectorAll(".is-here")) each.classList.remove("is-here");
  button?.classList.add("is-here");
  button?.scrollIntoView({ block: "nearest" });
}
async function use(button) {
  const answer = await fetch(button.dataset.macro);
  dialog.close();
  if (!answer.ok || answer.redirected) return;
  const holder = document.createElement("div");
  holder.innerHTML = await answer.text();
  const panel = holder.querySelector("[data-chosen]");
  const box = panel.dataset.writes === "note" ? "notes" : "replies";
  const form = document.getElementById(`panel-${box}`);
  if (!form) return;
  document.querySelector(`[data-tab=${box}]`)?.click();
  form.querySelector("[data-macro-place]").replaceChildren(panel);
  put(form.querySelector("textarea[name=text]"), panel.dataset.text);
}
// What was written stays: the text of the macro comes where the caret is.
function put(area, text) {
  area.focus();
  if (text) {
    const before = area.value.slice(0, area.selectionStart);
    const gap = before && !before.endsWith("\n") ? "\n\n" : "";
    area.setRangeText(gap + text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  area.rows = Math.min(18, Math.max(area.rows, area.value.split("\n").length + 1));
}

if (dialog) {
  search.addEventListener("input", narrow);
  dialog.addEventListener("keydown", (event) => {
    const buttons = shown();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const at = buttons.findIndex((each) => each.classList.contains("is-here"));
    if (step) { event.preventDefault(); mark(buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]); }
    if (event.key === "Enter" && event.target === search && buttons[at]) { event.preventDefault(); use(buttons[at]); }
  });
  list.addEventListener("click", (event) => { const button = event.target.closest("[data-macro]"); if (button) use(button); });
  dialog.addEventListener("close", () => { if (!document.activeElement?.closest("form[role=tabpanel]")) from?.querySelector("textarea")?.focus(); });
  document.addEventListener("click", (event) => {
    const opens = event.target.closest("[data-macros]");
    if (opens) open(opens.closest("form"));
    event.target.closest("[data-macro-away]")?.closest("[data-chosen]").remove();
  });
}
