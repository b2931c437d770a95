// Naming people and teams in a note: what is typed behind an @ is completed.

const PAUSE_MS = 120;
// Behind an @ that begins a word, up to the cursor; a name has several words.
const BEGUN = /(?:^|[^\p{L}\p{N}_.+@-])@([^@\n]{0,60})$/u;
const COPIED = ["font", "letterSpacing", "lineHeight", "padding", "border", "boxSizing", "width", "textIndent", "wordSpacing"];

function offer(field) {
  const list = field.nextElementSibling;
  let shown = [], at = -1, asked = 0, soon = null;

  function draw(found, typed = "") {
    shown = found;
    // Behind a bare @, Enter is still a new line.
    at = shown.length && typed ? 0 : -1;
    list.replaceChildren(...shown.map((each, index) => {
      const row = document.createElement("li");
      row.role = "option";
      row.id = `${list.id}-${index}`;
      const name = document.createElement("b"), says = document.createElement("span");
      name.textContent = each.name;
      says.textContent = each.says;
      row.append(name, " ", says);
      return row;
    }));
    list.hidden = !shown.length;
    if (!list.hidden) list.style.top = `${Math.min(lineEnd(field), field.offsetHeight) + 2}px`;
    point();
  }
  function point() {
    [...list.children].forEach((row, index) => row.setAttribute("aria-selected", index === at));
    if (at < 0) return field.removeAttribute("aria-activedescendant");
    list.children[at].scrollIntoView({ block: "nearest" });
    field.setAttribute("aria-activedescendant", list.children[at].id);
  }
  const typed = () => (field.selectionStart === field.selectionEnd ? BEGUN.exec(field.value.slice(0, field.selectionStart))?.[1] : undefined);
  async function ask() {
    const mine = ++asked, words = typed();
    if (words === undefined) return draw([]);
    let found = [];
    try {
      const answer = await fetch(`${field.dataset.mentions}?q=${encodeURIComponent(words)}`);
      if (answer.ok && !answer.redirected) ({ found } = await answer.json());
    } catch { /* Without what is offered, one types on. */ }
    if (mine === asked && document.activeElement === field) draw(found, words.trim());
  }
  function close() { asked += 1; clearTimeout(soon); draw([]); }
  function choose(index) {
    const words = typed(), { name } = shown[index];
    close();
    if (words === undefined) return;
    const end = field.selectionStart;
    field.setRangeText(/^\s/.test(field.value.slice(end)) ? name : `${name} `, end - words.length, end, "end");
    // The draft is kept by the same event as when one types.
    field.dispatchEvent(new Event("input", { bubbles: true }));
    close();
  }

  field.addEventListener("input", () => { clearTimeout(soon); soon = setTimeout(ask, PAUSE_MS); });
  field.addEventListener("blur", close);
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || list.hidden || event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) at = at < 0 && step < 0 ? shown.length - 1 : (at + step + shown.length) % shown.length;
    else if (event.key === "Escape") close();
    else if ((event.key === "Enter" || event.key === "Tab") && !event.shiftKey && at >= 0) choose(at);
    else { if (/^(Arrow|Home|End|Page|Tab|Enter)/.test(event.key)) close(); return; }
    event.preventDefault();
    point();
  });
  // Before the field loses the focus.
  list.addEventListener("mousedown", (event) => {
    const row = event.target.closest("[role=option]");
    event.preventDefault();
    if (row) choose([...list.children].indexOf(row));
  });
}

// Where the line of the cursor ends, from the top of the field: a copy of it is measured.
function lineEnd(field) {
  const copy = document.createElement("div"), mark = document.createElement("span"), style = getComputedStyle(field);
  for (const name of COPIED) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", top: "0", left: "0" });
  copy.textContent = field.value.slice(0, field.selectionStart);
  mark.textContent = "|";
  copy.append(mark);
  field.parentElement.append(copy);
  const end = mark.offsetTop + mark.offsetHeight - field.scrollTop;
  copy.remove();
  return end;
}

for (const field of document.querySelectorAll("textarea[data-mentions]")) offer(field);
