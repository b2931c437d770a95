// Variables beside a text: a click puts one where the caret is, in the text that was used last.

for (const form of document.querySelectorAll("[data-variables-into]")) {
  const names = form.dataset.variablesInto.split(" ");
  let into = form.querySelector(`[name=${names[0]}]`);
  form.addEventListener("focusin", (event) => { if (names.includes(event.target.name)) into = event.target; });
  form.addEventListener("click", (event) => {
    const name = event.target.closest("[data-variable]")?.dataset.variable;
    if (!name || !into) return;
    into.focus();
    into.setRangeText(`{{ ${name} }}`, into.selectionStart, into.selectionEnd, "end");
    into.dispatchEvent(new Event("input", { bubbles: true }));
  });
}
