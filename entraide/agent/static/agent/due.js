// Deadlines stay true while a page is open: what was due "in 5 min" ten minutes ago is late now.
const HOUR = 3600, DAY = 24 * HOUR;

function span(seconds) {
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const rest = minutes % 60;
  return rest ? `${Math.floor(minutes / 60)} h ${String(rest).padStart(2, "0")}` : `${minutes / 60} h`;
}

export function refresh(now = Date.now()) {
  for (const mark of document.querySelectorAll("time.due")) {
    const left = (new Date(mark.dateTime) - now) / 1000;
    // Days are said in words by the server; they do not change while somebody looks.
    if (Math.abs(left) >= DAY) continue;
    mark.firstChild.textContent = (left > 0 ? mark.dataset.in : mark.dataset.late).replace("{}", span(Math.abs(left)));
    mark.classList.toggle("due-far", left >= HOUR);
    mark.classList.toggle("due-late", left <= 0);
    mark.classList.toggle("due-soon", left > 0 && left < HOUR);
  }
}

setInterval(refresh, 20_000);
