// In the list: a small mark on the rows in which somebody is.

const body = document.body;
const AGAIN_MS = 10000;
let there = [], waiting = null;

const numbers = () => [...document.querySelectorAll("#rows tr[data-number]")].map((row) => row.dataset.number);
async function ask() {
  waiting = null;
  const rows = numbers();
  if (document.hidden || !rows.length) return;
  let answer;
  try { answer = await fetch(`${body.dataset.presenceUrl}?numbers=${rows.join(",")}`); } catch { return; }
  if (!answer.ok || answer.redirected) return;
  there = (await answer.json()).there;
  mark();
}
function mark() {
  for (const row of document.querySelectorAll("#rows tr[data-number]")) {
    const inIt = there.filter((each) => String(each.number) === row.dataset.number);
    const old = row.querySelector(".in-it");
    const words = JSON.stringify(inIt);
    if ((old?.dataset.says || "[]") === words) continue;
    old?.remove();
    if (!inIt.length) continue;
    const marks = document.createElement("span");
    marks.className = "in-it";
    marks.dataset.says = words;
    for (const each of inIt) {
      const one = document.createElement("span");
      one.className = each.doing === "looking" ? "" : "is-writing";
      one.title = each.says;
      one.innerHTML = each.face;
      const name = document.createElement("span");
      name.className = "visually-hidden";
      name.textContent = each.says;
      one.append(name);
      marks.append(one);
    }
    row.querySelector(".c-ticket .under").append(marks);
  }
}
function soon(event) {
  if (event?.detail?.number && !numbers().includes(String(event.detail.number))) return;
  waiting ||= setTimeout(ask, 500);
}

if (body.dataset.presenceUrl) {
  ask();
  // Whoever vanishes without a word is taken away here, too.
  setInterval(ask, AGAIN_MS);
  body.addEventListener("entraide:presence", soon);
  document.addEventListener("visibilitychange", () => soon());
  // Rows are replaced as tickets change: the marks go back on.
  new MutationObserver((changes) => { if (changes.some((each) => [...each.addedNodes].some((node) => node.nodeName === "TR" || node.id === "list"))) mark(); }).observe(document.querySelector(".list-side"), { childList: true, subtree: true });
}
