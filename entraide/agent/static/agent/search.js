// The search field: what is being typed is completed, and the help beside it writes operators into it.

const field = document.getElementById("q");
const list = document.getElementById("completions");
const help = document.getElementById("search-help");
const PAUSE_MS = 120;
let shown = [], at = -1, asked = 0, soon = null;

function draw(found) {
  shown = found;
  at = -1;
  list.replaceChildren(...shown.map((each, index) => {
    const row = document.createElement("li");
    row.role = "option";
    row.id = `completion-${index}`;
    const name = document.createElement("b");
    name.textContent = each.name;
    row.append(name);
    if (each.says) { const says = document.createElement("span"); says.textContent = each.says; row.append(" ", says); }
    return row;
  }));
  list.hidden = !shown.length;
  field.setAttribute("aria-expanded", !list.hidden);
  point();
}
function point() {
  [...list.children].forEach((row, index) => row.setAttribute("aria-selected", index === at));
  if (at < 0) return field.removeAttribute("aria-activedescendant");
  list.children[at].scrollIntoView({ block: "nearest" });
  field.setAttribute("aria-activedescendant", list.children[at].id);
}
async function ask() {
  const mine = ++asked, typed = field.value.slice(0, field.selectionStart);
  if (!/\S$|:$/.test(typed)) return draw([]);
  let found = [];
  try {
    const answer = await fetch(`${field.dataset.completions}?q=${encodeURIComponent(typed)}`);
    if (answer.ok && !answer.redirected) ({ found } = await answer.json());
  } catch { /* Without what is offered, one types on. */ }
  // Only what was typed last is completed, and only while one is there.
  if (mine === asked && document.activeElement === field) draw(found);
}
function askSoon() { clearTimeout(soon); soon = setTimeout(ask, PAUSE_MS); }
function close() { asked += 1; clearTimeout(soon); draw([]); }
function write(start, end, text) {
  field.focus();
  field.setRangeText(text, start, end, "end");
  // The list is searched by the same event as when one types.
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
function choose(index) {
  const { start, text } = shown[index];
  close();
  write(start, field.selectionStart, text);
}

field.addEventListener("input", askSoon);
field.addEventListener("blur", close);
field.addEventListener("keydown", (event) => {
  if (event.isComposing || list.hidden) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) at = at < 0 && step < 0 ? shown.length - 1 : (at + step + shown.length) % shown.length;
  else if (event.key === "Escape") close();
  else if ((event.key === "Enter" || event.key === "Tab") && at >= 0) choose(at);
  else if (event.key === "Tab" && !event.shiftKey && shown.length === 1) choose(0);
  else { if (event.key === "Enter") close(); return; }
  event.preventDefault();
  point();
});
// Before the field loses the focus.
list.addEventListener("mousedown", (event) => {
  const row = event.target.closest("[role=option]");
  event.preventDefault();
  if (row) choose([...list.children].indexOf(row));
});

help.addEventListener("click", (event) => {
  const name = event.target.closest("[data-insert]")?.dataset.insert;
  if (!name) return;
  help.open = false;
  const end = field.value.length;
  write(end, end, (end && !/\s$/.test(field.value) ? " " : "") + name);
});
