// The command palette: everything of the desk by a few letters. Commands are in the page; tickets, people and the like are asked for.

import { commands, isPossible, kinds, offer, run } from "./commands.js";

const box = document.getElementById("palette");
const input = document.getElementById("palette-q");
const list = document.getElementById("palette-list");
const said = document.getElementById("palette-said");
const SHOWN = 12;
const PAUSE_MS = 160;
const USED = "entraide-used";

export const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/œ/g, "oe").replace(/[’']/g, " ");

// How well `wanted` fits `name`, 0 for not at all: beginnings of words count most, then what stands together, then letters in order.
export function fit(name, wanted) {
  const text = fold(name), words = fold(wanted).split(/\s+/).filter(Boolean);
  let sum = 1;
  for (const word of words) {
    const at = text.indexOf(word);
    const begins = at === 0 || (at > 0 && /[^\p{L}\p{N}]/u.test(text[at - 1])) || text.includes(` ${word}`);
    if (at >= 0) { sum += begins ? 10 + (at === 0 ? 2 : 0) : 5; continue; }
    let position = 0, gaps = 0;
    for (const letter of word) {
      const next = text.indexOf(letter, position);
      if (next < 0) return 0;
      gaps += next - position;
      position = next + 1;
    }
    if (word.length < 3 || gaps > word.length * 4) return 0;
    sum += 2 / (1 + gaps);
  }
  return sum + words.join(" ").length / (text.length + 1);
}

/* --- what is used often comes first -------------------------------------- */
function used() { try { return JSON.parse(localStorage.getItem(USED)) || {}; } catch { return {}; } }
function remember(code) {
  const times = used();
  // Each use makes the older ones count a little less.
  for (const each of Object.keys(times)) { times[each] *= 0.97; if (times[each] < 0.05) delete times[each]; }
  times[code] = (times[code] || 0) + 1;
  try { localStorage.setItem(USED, JSON.stringify(times)); } catch { /* then nothing is ranked by use */ }
}

function onThisPage() {
  const found = commands.filter((each) => each.listed && isPossible(each));
  const seen = new Set();
  for (const each of document.querySelectorAll("#assign-person option[data-team]")) {
    if (seen.has(each.value)) continue;
    seen.add(each.value);
    found.push({ code: `assign-${each.value}`, name: `${box.dataset.assign} ${each.textContent}`, icon: "user-plus", act: () => assign(each) });
  }
  return found;
}
function assign(option) {
  const person = document.getElementById("assign-person");
  option.selected = true;
  document.getElementById("assign-team").value = option.dataset.team;
  person.form.requestSubmit();
}

/* --- the list -------------------------------------------------------------- */
let shown = [], at = 0, asked = 0, waiting = null, fromServer = [], before = null;

function here(wanted) {
  const times = used();
  const found = onThisPage().map((each) => {
    const fits = wanted ? fit(each.name, wanted) : 1;
    // What acts upon the ticket before one is nearer than a place to go to.
    return { ...each, kind: "command", worth: fits && fits + Math.min(times[each.code] || 0, 8) / 2 + (each.does?.startsWith("go:") ? 0 : 0.5) };
  });
  return found.filter((each) => each.worth > 0).sort((a, b) => b.worth - a.worth);
}
function draw() {
  const wanted = input.value.trim();
  const own = here(wanted);
  // A number is a ticket's; words may be either: the best of the page first, then what was found.
  shown = /^#?([a-z]+-)?\d+$/i.test(wanted) ? [...fromServer, ...own] : [...own.slice(0, fromServer.length ? 5 : SHOWN), ...fromServer];
  shown = shown.slice(0, SHOWN + 8);
  at = Math.min(at, Math.max(shown.length - 1, 0));
  list.replaceChildren(...shown.map(option));
  point(at);
  said.textContent = !shown.length ? box.dataset.none : shown.length === 1 ? box.dataset.one : box.dataset.many.replace("{}", shown.length);
}
function option(each, index) {
  const row = document.createElement("li");
  row.role = "option";
  row.id = `palette-${index}`;
  row.append(box.querySelector(`template[data-icon="${each.icon || kinds[each.kind].icon}"]`).content.cloneNode(true));
  const name = document.createElement("span");
  name.className = "palette-name";
  name.textContent = each.name;
  if (each.under) { const under = document.createElement("small"); under.textContent = each.under; name.append(under); }
  const kind = document.createElement("span");
  kind.className = "palette-kind";
  if (each.keys?.length) kind.append(...each.keys.map((key) => { const shownKey = document.createElement("kbd"); shownKey.textContent = key; return shownKey; }));
  else if (each.kind !== "command") kind.textContent = kinds[each.kind].name;
  row.append(name, kind);
  return row;
}
function point(index) {
  at = index;
  [...list.children].forEach((row, each) => row.setAttribute("aria-selected", each === at));
  const row = list.children[at];
  row?.scrollIntoView({ block: "nearest" });
  if (row) input.setAttribute("aria-activedescendant", row.id); else input.removeAttribute("aria-activedescendant");
}
async function ask() {
  const mine = ++asked, wanted = input.value.trim();
  if (!wanted) { fromServer = []; return draw(); }
  let answer;
  try { answer = await fetch(`${box.dataset.url}?q=${encodeURIComponent(wanted)}`); } catch { return; }
  // Only the newest question's answer is shown, however slow an older one is.
  if (mine !== asked || !answer.ok || answer.redirected) return;
  fromServer = (await answer.json()).found;
  if (mine === asked) draw();
}
function choose(index) {
  const each = shown[index];
  if (!each) return;
  remember(each.code || each.url);
  // What the command focuses must not lose it again to what had it before the palette.
  before = null;
  box.close();
  if (each.url) location.href = each.url;
  else if (each.act) each.act();
  else run(each);
}

if (box) {
  offer("palette", () => {
    before = document.activeElement;
    input.value = "";
    at = 0;
    fromServer = [];
    box.showModal();
    input.focus();
    draw();
  });
  box.addEventListener("close", () => { asked++; clearTimeout(waiting); before?.focus({ preventScroll: true }); });
  box.addEventListener("click", (event) => { if (event.target === box) box.close(); });
  input.addEventListener("input", () => {
    at = 0;
    asked++;
    if (!input.value.trim()) fromServer = [];
    draw();
    clearTimeout(waiting);
    waiting = setTimeout(ask, PAUSE_MS);
  });
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && shown.length) { event.preventDefault(); point((at + step + shown.length) % shown.length); }
    else if (event.key === "PageDown" || event.key === "PageUp") { event.preventDefault(); point(Math.min(Math.max(at + (event.key === "PageDown" ? 6 : -6), 0), Math.max(shown.length - 1, 0))); }
    else if (event.key === "Enter") { event.preventDefault(); choose(at); }
    else if (event.key === "Tab" || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k")) { event.preventDefault(); if (event.key !== "Tab") box.close(); }
  });
  list.addEventListener("mousemove", (event) => { const row = event.target.closest("[role=option]"); if (row) { const index = [...list.children].indexOf(row); if (index !== at) point(index); } });
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) => { const row = event.target.closest("[role=option]"); if (row) choose([...list.children].indexOf(row)); });
  document.getElementById("open-palette")?.addEventListener("click", () => run(commands.find((each) => each.code === "palette")));
}
