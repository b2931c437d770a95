// Buttons that copy what stands in a field; without a clipboard the field is marked, ready for the keyboard.
for (const button of document.querySelectorAll("[data-copies]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const field = document.querySelector(button.dataset.copies);
    field.select();
    try { await navigator.clipboard.writeText(field.value); } catch { return; }
    button.querySelector("span").textContent = button.dataset.done;
  });
}
