// The desk's own behaviour: the keyboard, the tabs of the reply box, what arrives by itself, dragging on the board.

import { offer as offerCommand } from "./commands.js";

const body = document.body;
const go = (id) => document.getElementById(id)?.click();

/* --- the rail, which is wider than a phone -------------------------------- */
const rail = document.querySelector(".rail");
const chosen = rail?.querySelector("[aria-current]");
if (chosen && rail.scrollWidth > rail.clientWidth) rail.scrollLeft = chosen.offsetLeft - rail.clientWidth / 2;

/* --- keyboard ----------------------------------------------------------- */
const rows = () => [...document.querySelectorAll("#rows tr[data-number]")];
function here(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.findIndex((row) => row.classList.contains("is-here"));
  const next = all[Math.min(Math.max(at + step, 0), all.length - 1)] || all[0];
  all[at]?.classList.remove("is-here");
  next.classList.add("is-here");
  next.querySelector("[data-open]").focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
}
// Whoever comes back to the list goes on where they were, sixty times a day.
if (body.dataset.ticket) addEventListener("pagehide", () => sessionStorage.setItem("left", body.dataset.ticket));
addEventListener("pageshow", () => {
  const left = rows().find((row) => row.dataset.number === sessionStorage.getItem("left"));
  if (body.dataset.ticket || !document.getElementById("rows")) return;
  sessionStorage.removeItem("left");
  if (!left || document.activeElement !== body || document.querySelector("tr.is-here")) return;
  left.classList.add("is-here");
  left.querySelector("[data-open]").focus({ preventScroll: true });
  left.scrollIntoView({ block: "nearest" });
});
offerCommand("next", () => (body.dataset.ticket ? go("to-after") : here(1)));
offerCommand("previous", () => (body.dataset.ticket ? go("to-before") : here(-1)));
offerCommand("macro", () => (document.querySelector("[role=tabpanel]:not([hidden]) [data-macros]") || document.querySelector("[data-macros]")).click(), () => document.querySelector("[data-macros]"));

/* --- the reply box ------------------------------------------------------ */
const tabs = [...document.querySelectorAll("[data-tab]")];
function openTab(name, focus = false) {
  const tab = tabs.find((each) => each.dataset.tab === name);
  if (!tab) return;
  for (const each of tabs) {
    const chosen = each === tab;
    each.setAttribute("aria-selected", chosen);
    each.tabIndex = chosen ? 0 : -1;
    const panel = document.getElementById(each.getAttribute("aria-controls"));
    if (panel) panel.hidden = !chosen;
  }
  if (focus) {
    const panel = document.getElementById(tab.getAttribute("aria-controls"));
    (panel?.querySelector("textarea") || panel?.querySelector("select, input:not([type=hidden])"))?.focus();
    document.getElementById("box").scrollIntoView({ block: "nearest" });
  }
}
for (const tab of tabs) {
  tab.addEventListener("click", () => openTab(tab.dataset.tab, true));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = tabs[(tabs.indexOf(tab) + step + tabs.length) % tabs.length];
    openTab(next.dataset.tab);
    next.focus();
  });
}
const restored = document.querySelector("[role=tabpanel][data-restored]")?.id.replace("panel-", "");
if (tabs.length) openTab(document.getElementById("box").dataset.box || restored || tabs[0].dataset.tab);
if (!tabs.some((tab) => tab.getAttribute("aria-selected") === "true") && tabs.length) openTab(tabs[0].dataset.tab);

// Whoever chooses a person means their team, too.
addEventListener("change", (event) => {
  const team = event.target.id === "assign-person" && event.target.selectedOptions[0]?.dataset.team;
  if (team) document.getElementById("assign-team").value = team;
});

const fold = document.querySelector("[data-fold]");
fold?.addEventListener("click", () => {
  const folded = document.getElementById("timeline").classList.toggle("is-folded");
  fold.textContent = folded ? fold.dataset.all : fold.dataset.less;
});

/* --- filters keep the address shareable ---------------------------------- */
const filters = document.querySelector("[data-filters]");
// Words are looked for as they are typed; leaving their field must not fetch the list again under what was chosen in it.
document.getElementById("q")?.addEventListener("change", (event) => event.stopPropagation());
body.addEventListener("htmx:afterRequest", (event) => {
  if (event.detail.elt !== filters || !event.detail.successful) return;
  const chosen = new URLSearchParams([...new FormData(filters)].filter(([, value]) => value));
  const had = new URLSearchParams(location.search);
  history.replaceState(null, "", `${location.pathname}?${chosen}`);
  // The first word leads from what is open to all tickets, the last one back: the view that is marked changes with it.
  if (had.has("q") !== chosen.has("q")) refreshCounts();
});

/* --- what arrives by itself ---------------------------------------------- */
const waiting = new Set();
const query = () => document.getElementById("list")?.dataset.query || "";
async function fetchRow(number) {
  const answer = await fetch(`${body.dataset.rowUrl.replace(/0$/, number)}?${query()}`);
  if (answer.status !== 200 || answer.redirected) return null;
  const holder = document.createElement("tbody");
  holder.innerHTML = (await answer.text()).trim();
  return holder.firstElementChild;
}
async function rowChanged(number) {
  changedMeanwhile?.add(number);
  const fresh = await fetchRow(number);
  const shown = document.getElementById(`t${number}`);
  if (shown && fresh) {
    // What is chosen was chosen as it stood: taking it compares with whom one saw.
    if (shown.querySelector("[type=checkbox]:checked")) fresh.querySelector(".c-pick").replaceWith(shown.querySelector(".c-pick"));
    fresh.classList.toggle("is-here", shown.classList.contains("is-here"));
    const focused = shown.contains(document.activeElement);
    shown.replaceWith(fresh);
    if (focused) fresh.querySelector("[data-open]").focus({ preventScroll: true });
  } else if (shown) {
    // It left this list; taking it away would move what is under the pointer.
    shown.classList.add("is-gone");
    offer(number);
  } else if (fresh) {
    const list = document.getElementById("rows");
    if (!list) await refreshList();
    // Where it belongs among groups, only the list itself knows.
    else if (!("grouped" in document.getElementById("list").dataset) && !document.getElementById("list").matches(":hover") && !document.querySelector("#rows tr.is-here")) list.prepend(fresh);
    else offer(number);
  }
}
let changedMeanwhile = null;
async function refreshList() {
  // What the filters ask for is on its way into the list that is here: replaced now, it would get lost.
  if (filters.classList.contains("htmx-request")) return void body.addEventListener("htmx:afterSettle", refreshList, { once: true });
  // Two tickets that arrive together refresh twice: the older answer must not win, nor undo what came after it was asked.
  const meanwhile = changedMeanwhile = new Set();
  const asked = query();
  const answer = await fetch(`${body.dataset.rowsUrl}?${asked}`);
  const text = (await answer.text()).trim();
  if (meanwhile !== changedMeanwhile) return;
  changedMeanwhile = null;
  if (!answer.ok || answer.redirected) return;
  if (asked !== query() || filters.classList.contains("htmx-request")) return refreshList();
  const holder = document.createElement("div");
  holder.innerHTML = text;
  document.getElementById("list").replaceWith(holder.firstElementChild);
  window.htmx.process(document.getElementById("list"));
  for (const number of meanwhile) await rowChanged(number);
}
function offer(number) {
  const button = document.getElementById("arrived");
  if (!button) return;
  waiting.add(number);
  button.hidden = false;
  button.textContent = `${waiting.size} ${button.dataset.words}`;
}
document.getElementById("arrived")?.addEventListener("click", () => location.reload());
let countsSoon = null;
function refreshCounts() {
  clearTimeout(countsSoon);
  countsSoon = setTimeout(async () => {
    const answer = await fetch(`${body.dataset.viewsUrl}${location.search}`);
    if (answer.ok && !answer.redirected) document.getElementById("views").innerHTML = await answer.text();
  }, 400);
}
// After a refusal the page stands at the verb's address, which only takes POST: hence the ticket's own.
const REFRESHED = ["marks", "facts", "clocks", "work", "major-now", "third-parties", "links", "approvals"];
const brought = new WeakSet();
let asking = 0;
let answered = 0;
async function ticketChanged() {
  const mine = ++asking;
  const asked = new Map(REFRESHED.map((id) => [id, document.getElementById(id)]));
  const answer = await fetch(body.dataset.ownUrl);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  // Of two that were asked for at the same time, the one that was asked for later knows more.
  if (mine < answered) return;
  answered = mine;
  const timeline = document.getElementById("timeline");
  let last = null;
  for (const entry of page.querySelectorAll("#timeline > li")) {
    const known = document.getElementById(entry.id);
    // What was merged in stands among what was here already, by its time.
    if (!known) { entry.classList.add("is-fresh"); if (last) last.after(entry); else timeline.prepend(entry); }
    last = known || entry;
  }
  body.dispatchEvent(new CustomEvent("entraide:fresh", { detail: page }));
  for (const [id, before] of asked) {
    const fresh = page.getElementById(id);
    const shown = document.getElementById(id);
    // What somebody did on this page while this was on its way is newer; what an earlier answer brought is older.
    if (!shown || (shown !== before && !brought.has(shown)) || !fresh || shown.contains(document.activeElement) || shown.querySelector("details[open], .htmx-request")) continue;
    // Taking compares with whom one saw when the page came: what arrives must not say that for the person.
    const saw = shown.querySelector("[name=instead_of]");
    const says = fresh.querySelector("[name=instead_of]");
    if (saw && says) says.value = saw.value;
    shown.replaceWith(fresh);
    window.htmx.process(fresh);
    brought.add(fresh);
  }
}
if (body.dataset.stream) {
  const source = new EventSource(body.dataset.stream);
  source.addEventListener("ticket", (event) => {
    const told = JSON.parse(event.data);
    body.dispatchEvent(new Event("entraide:told"));
    if (body.dataset.ticket) { if (String(told.number) === body.dataset.ticket) ticketChanged(); }
    else if ("board" in body.dataset) boardChanged();
    else if ("desk" in body.dataset) { rowChanged(told.number); refreshCounts(); }
  });
  source.addEventListener("presence", (event) => body.dispatchEvent(new CustomEvent("entraide:presence", { detail: JSON.parse(event.data) })));
  source.addEventListener("gap", () => { body.dispatchEvent(new Event("entraide:told")); if (body.dataset.ticket) ticketChanged(); else if ("board" in body.dataset) boardChanged(); else if ("desk" in body.dataset) { refreshCounts(); if (!document.querySelector("#list:hover, #rows .is-here, #rows :checked")) refreshList(); } });
  source.addEventListener("open", () => { body.dataset.live = "yes"; });
  addEventListener("pagehide", () => source.close());
}

/* --- the board: dragged to, or chosen from the menu of a card; it stands still meanwhile --- */
let dragged = null;
let boardIsOld = false;
function boardChanged() {
  boardIsOld = Boolean(dragged || document.activeElement?.matches("#board select"));
  if (!boardIsOld) body.dispatchEvent(new Event("entraide:changed"));
}
function give(card, person) {
  window.htmx.ajax("POST", card.dataset.url, { target: "#board", swap: "innerHTML", values: { assignee: person } });
}
addEventListener("change", (event) => {
  const menu = event.target.closest?.("#board .give");
  if (menu?.value) give(menu.closest("[data-drag]"), menu.value);
});
addEventListener("focusout", (event) => { if (boardIsOld && event.target.closest?.("#board")) setTimeout(boardChanged); });
addEventListener("dragstart", (event) => { dragged = event.target.closest?.("[data-drag]"); dragged?.classList.add("is-dragged"); if (dragged) setTimeout(() => dragged?.closest(".board").classList.add("is-giving")); });
addEventListener("dragend", () => { dragged?.classList.remove("is-dragged"); document.querySelector(".board")?.classList.remove("is-giving"); dragged = null; if (boardIsOld) boardChanged(); });
addEventListener("dragover", (event) => {
  const target = dragged && event.target.closest?.("[data-drop]");
  for (const each of document.querySelectorAll("[data-drop]")) each.classList.toggle("is-over", each === target);
  if (target) event.preventDefault();
});
addEventListener("drop", (event) => {
  const target = dragged && event.target.closest?.("[data-drop]");
  if (!target) return;
  event.preventDefault();
  give(dragged, target.dataset.drop);
});
