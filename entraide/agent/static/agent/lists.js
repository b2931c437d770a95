// What opens over the list (help for searching, its columns, saving it as a view): one at a time, closed by Escape and by a click beside it.

const over = () => [...document.querySelectorAll("details[data-over][open]")];

addEventListener("pointerdown", (event) => { for (const each of over()) if (!each.contains(event.target)) each.open = false; });
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const each of over()) {
    const held = each.contains(document.activeElement);
    each.open = false;
    if (!held) continue;
    event.preventDefault();
    event.stopImmediatePropagation();
    each.querySelector("summary").focus();
  }
}, true);
