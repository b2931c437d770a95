// The timers that run on this page count on by themselves.

const drawn = Symbol("since when this page counts");
function draw() {
  for (const each of document.querySelectorAll("[data-seconds]")) {
    each[drawn] ??= Date.now();
    const run = "running" in each.dataset ? (Date.now() - each[drawn]) / 1000 : 0;
    const seconds = Math.floor(Number(each.dataset.seconds) + run);
    const two = (n) => String(n).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    each.textContent = `${hours ? `${hours}:` : ""}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
  }
}
draw();
setInterval(draw, 1000);
document.body.addEventListener("htmx:afterSettle", draw);
// A page that comes back from the browser's memory has not counted meanwhile: the clock has.
addEventListener("pageshow", draw);
