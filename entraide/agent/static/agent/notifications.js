// The bell counts by itself: when the desk's stream tells of a ticket, ask how much is unread.

const EVERY_MS = 4000;
const SOON_MS = 1200;
const AGAIN_MS = 9000;
const WITHOUT_STREAM_MS = 60000;
const bell = document.getElementById("bell");
let asked = 0;
let waiting = null;
let again = null;

async function refresh() {
  asked = Date.now();
  const answer = await fetch(bell.dataset.url);
  if (!answer.ok || answer.redirected) return;
  const before = bell.innerHTML;
  bell.innerHTML = await answer.text();
  if (bell.innerHTML !== before) await refreshList();
}

async function refreshList() {
  const list = document.getElementById("notifications");
  if (!list?.dataset.url || list.contains(document.activeElement) || list.matches(":hover")) return;
  const answer = await fetch(list.dataset.url);
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  list.replaceWith(page.getElementById("notifications"));
  const until = document.querySelector(".notifications-do [name=until]");
  if (until) until.value = page.querySelector(".notifications-do [name=until]").value;
}

// Who is told is decided by a job, a moment after the ticket changed; and many changes may come at once.
function soon() {
  // Where jobs have queued up it may take longer than a moment.
  clearTimeout(again);
  again = setTimeout(refresh, AGAIN_MS);
  if (waiting) return;
  waiting = setTimeout(async () => {
    waiting = null;
    await refresh();
  }, Math.max(SOON_MS, asked + EVERY_MS - Date.now()));
}

// Whoever signed in anew is told in this browser again; the desk stops asking once it was said.
async function meetAgain() {
  if (!("serviceWorker" in navigator) || !bell.dataset.browsers) return;
  const registration = await navigator.serviceWorker.getRegistration("/desk/");
  const subscription = await registration?.pushManager?.getSubscription();
  if (!subscription) return;
  const headers = JSON.parse(document.body.getAttribute("hx-headers"));
  await fetch(bell.dataset.browsers, { method: "POST", headers, body: new URLSearchParams({ again: "yes", endpoint: subscription.endpoint }) });
}

if (bell) meetAgain().catch(() => { /* no push here: the bell and mails are there */ });
if (bell) document.body.addEventListener("entraide:told", soon);
// Pages that nothing arrives at by itself ask now and then, while somebody looks at them: a stream for each tab would use up what a browser opens to one server.
if (bell && !document.body.dataset.stream) setInterval(() => { if (!document.hidden) refresh(); }, WITHOUT_STREAM_MS);
