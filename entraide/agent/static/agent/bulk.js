// Bulk actions: choosing rows by the mouse, by a range and by the keyboard, and the bar under the list.

import { offer } from "./commands.js";

const bar = document.getElementById("bulk");
const list = () => document.getElementById("list");
const boxes = () => [...document.querySelectorAll("#list input[type=checkbox][name=number]")];
// What is chosen, by number, with whose it was when it was chosen: rows are replaced as tickets change, the choice stays.
const chosen = new Map();
// Every ticket of the list, on all its pages, as the desk counted them when that was asked for.
const every = () => bar.querySelector("#bulk-matching input");
let from = null;

function set(box, checked) {
  box.checked = checked;
  if (!checked) chosen.delete(box.value);
  else if (!chosen.has(box.value)) chosen.set(box.value, box.closest("tr").querySelector(`[name="saw-${box.value}"]`)?.value || "");
}
function show() {
  const all = boxes();
  const isAll = all.length > 0 && chosen.size === all.length;
  if (every() && !isAll) bar.querySelector("#bulk-matching").replaceChildren();
  const count = every() ? Number(every().dataset.count) : chosen.size;
  bar.hidden = !count;
  const said = bar.querySelector("[data-bulk-count]");
  const words = count === 1 ? said.dataset.one : said.dataset.many.replace("{}", count);
  if (said.textContent !== words) said.textContent = words;
  bar.querySelector("[data-bulk-all]").hidden = isAll;
  bar.querySelector("[data-bulk-every]").hidden = !isAll || Boolean(every()) || !list().querySelector(".pages a");
  const head = headBox();
  if (head) { head.checked = isAll; head.indeterminate = chosen.size > 0 && !isAll; }
  if (bar.hidden) ask(null);
}
function rowsCame() {
  const here = new Map(boxes().map((each) => [each.value, each]));
  // A search leaves out what it does not find: nobody changes what they do not see.
  for (const number of chosen.keys()) if (!here.has(number)) chosen.delete(number);
  for (const [number, box] of here) box.checked = chosen.has(number);
  show();
}
// The box that chooses the page stands over the others; a list that is fetched anew comes without it.
function headBox() {
  const cell = list()?.querySelector("thead .c-pick");
  if (!cell || !boxes().length) return null;
  let box = cell.querySelector("input");
  if (!box) {
    box = document.createElement("input");
    box.type = "checkbox";
    box.className = "form-check-input";
    box.setAttribute("aria-label", bar.dataset.wordsAll);
    box.addEventListener("change", () => pickAll(box.checked));
    cell.replaceChildren(box);
  }
  return box;
}
function pickAll(checked) { for (const each of boxes()) set(each, checked); from = null; show(); }
function pick(box, checked, range) {
  const all = boxes();
  const start = range ? all.findIndex((each) => each.value === from) : -1;
  const end = all.indexOf(box);
  for (const each of start < 0 ? [box] : all.slice(Math.min(start, end), Math.max(start, end) + 1)) set(each, checked);
  from = box.value;
  show();
}

/* --- what is asked of them ------------------------------------------------ */
// The first button of the form belongs to another question and is disabled, so Enter would do nothing by itself.
bar?.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.isComposing || !event.target.matches(".bulk-asks input")) return;
  event.preventDefault();
  event.target.closest(".bulk-asks").querySelector(".btn-primary").click();
});
function ask(code) {
  for (const each of bar.querySelectorAll(".bulk-asks")) each.hidden = each.disabled = each.id !== `bulk-${code}`;
  for (const each of bar.querySelectorAll("[data-bulk-asks]")) each.setAttribute("aria-expanded", each.dataset.bulkAsks === code);
  bar.querySelector("#bulk-refused").replaceChildren();
  bar.elements.verb.value = code || "";
  // The bar hangs at the foot of the window: the browser would scroll the list to where it stands in the page.
  if (code) bar.querySelector(`#bulk-${code} :is(select, input, textarea)`).focus({ preventScroll: true });
}

if (bar) {
  bar.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    const { bulkNow, bulkAsks } = button.dataset;
    if (bulkNow) { ask(null); bar.elements.verb.value = bulkNow; bar.requestSubmit(); }
    else if (bulkAsks) ask(button.getAttribute("aria-expanded") === "true" ? null : bulkAsks);
    else if ("bulkAll" in button.dataset) pickAll(true);
    else if ("bulkNone" in button.dataset) pickAll(false);
  });
  bar.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !bar.elements.verb.value) return;
    const opener = bar.querySelector("[aria-expanded=true]");
    ask(null);
    opener?.focus();
    event.preventDefault();
  });
  bar.addEventListener("htmx:configRequest", (event) => {
    const query = list().dataset.query;
    if (query) event.detail.path += `?${query}`;
    if (event.target === bar) event.detail.parameters.chosen = every()?.value || [...chosen].map((each) => each.join(":")).join(",");
  });
  // What is refused is said in the bar, and what is filled in there stays.
  document.body.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.requestConfig.elt !== bar) return;
    if (event.detail.xhr.status === 422) { event.detail.shouldSwap = true; event.detail.isError = false; }
    else if (event.detail.shouldSwap) { chosen.clear(); from = null; ask(null); }
  });
  bar.addEventListener("htmx:afterSwap", (event) => {
    const field = event.target.id === "bulk-refused" && event.target.querySelector("[data-field]")?.dataset.field;
    if (field) bar.querySelector(`.bulk-asks:enabled [name="${field}"]`)?.focus();
    if (event.target.id === "bulk-matching") show();
  });
  addEventListener("click", (event) => { if (event.target.matches?.("#list input[type=checkbox][name=number]")) pick(event.target, event.target.checked, event.shiftKey); });
  // Rows are replaced as tickets change, and the whole list by a search.
  new MutationObserver((changes) => {
    if (changes.some((each) => [...each.addedNodes].some((node) => node.id === "list" || node.nodeName === "TR"))) rowsCame();
  }).observe(document.querySelector(".list-side"), { childList: true, subtree: true });
  show();
}

const here = () => document.querySelector("#list tr.is-here input[type=checkbox][name=number]");
offer("pick", () => pick(here(), !here().checked, false), () => bar && here());
offer("pick-range", () => pick(here(), true, true), () => bar && here());
offer("pick-page", () => pickAll(chosen.size !== boxes().length), () => bar && boxes().length);

addEventListener("click", (event) => { if (event.target.closest?.("[data-bulk-dismiss]")) putAway(); });
function putAway() {
  const empty = document.createElement("div");
  empty.id = "bulk-result";
  document.getElementById("bulk-result").replaceWith(empty);
}
