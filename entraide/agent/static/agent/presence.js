// On a ticket: this tab says that it is there and what is written in it, and shows who else is.

const EVERY_MS = 8000;
const STILL_WRITING_MS = 20000;
const HIDDEN_AT_MOST_MS = 240000;
const shown = document.getElementById("present");
const tab = crypto.randomUUID?.() || Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
const csrf = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
let wrote = { doing: "looking", at: 0 }, hiddenSince = null, is = null, before = "", asking = null, waiting = null;

const kindOf = (form) => (form?.dataset.draft?.startsWith("note-") ? "note" : form?.dataset.draft ? "reply" : null);
function doing() { return Date.now() - wrote.at < STILL_WRITING_MS ? wrote.doing : "looking"; }
function said(what) {
  const form = new FormData();
  form.append("csrfmiddlewaretoken", csrf);
  form.append("tab", tab);
  form.append("doing", what);
  return form;
}
async function say() {
  is = doing();
  asking?.abort();
  asking = new AbortController();
  let there = null;
  // It may be called back while it is on its way and while it is read.
  try {
    const answer = await fetch(shown.dataset.url, { method: "POST", body: said(is), signal: asking.signal });
    if (answer.status === 200 && !answer.redirected) there = (await answer.json()).there;
  } catch { return; }
  if (there) show(there);
}
function leave() {
  if (is === null) return;
  is = null;
  // What is on its way must not say after the farewell that one is there.
  asking?.abort();
  clearTimeout(waiting);
  waiting = null;
  navigator.sendBeacon(shown.dataset.url, said("gone"));
}
function show(there) {
  // A screen reader hears what is new, not the same every eight seconds.
  const now = JSON.stringify(there);
  if (now === before) return;
  before = now;
  shown.replaceChildren(...there.map((each) => {
    const one = document.createElement("span");
    one.className = each.doing === "looking" ? "" : "is-writing";
    one.innerHTML = each.face;
    one.append(each.says);
    return one;
  }));
}
function beat() {
  // Out of sight one is not looking; half an answer out of sight is still one, for a while.
  if (document.hidden && (doing() === "looking" || Date.now() - hiddenSince > HIDDEN_AT_MOST_MS)) return leave();
  say();
}

if (shown) {
  say();
  setInterval(beat, EVERY_MS);
  document.addEventListener("visibilitychange", () => { hiddenSince = document.hidden ? Date.now() : null; beat(); });
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) say(); });
  document.body.addEventListener("entraide:presence", (event) => { if (String(event.detail.number) === document.body.dataset.ticket && !document.hidden) soon(); });
  document.getElementById("box")?.addEventListener("input", (event) => {
    const kind = kindOf(event.target.form);
    if (!kind || !event.target.matches("textarea")) return;
    wrote = { doing: event.target.value ? kind : "looking", at: Date.now() };
    if (doing() !== is) soon();
  });
}
function soon() { waiting ||= setTimeout(() => { waiting = null; say(); }, 300); }

/* --- a message that arrives under one's pen is said at once ----------------- */
const notice = document.getElementById("arrived-here");
document.body.addEventListener("entraide:fresh", (event) => {
  const seen = document.querySelector("#box [name=seen]")?.value;
  const newest = event.detail.querySelector("#box [name=seen]")?.value;
  const writes = [...document.querySelectorAll("#box form:has([name=seen]) textarea")].some((each) => each.value.trim());
  // The same comparison as the desk makes when the answer is sent.
  if (!notice || !seen || !newest || Number(newest) <= Number(seen) || !writes || notice.dataset.of === newest) return;
  notice.dataset.of = newest;
  const link = document.createElement("a");
  link.href = `#e${newest}`;
  link.textContent = notice.dataset.link;
  notice.replaceChildren(notice.dataset.words, link);
});
