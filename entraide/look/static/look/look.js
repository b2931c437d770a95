// What every page does: drafts that survive a closed tab, files by drop and paste, dialogs, times that stay true.

const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* full or closed: the page still works */ } },
  remove(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
};

function drafts(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    if (form.dataset.draftReady) continue;
    form.dataset.draftReady = "yes";
    const fields = [...form.querySelectorAll("textarea[name], input[type=text][name]")];
    const key = (field) => `entraide-draft:${form.dataset.draft}:${field.name}`;
    for (const field of fields) {
      const kept = store.get(key(field));
      if (kept && !field.value) field.value = kept;
      field.addEventListener("input", () => (field.value ? store.set(key(field), field.value) : store.remove(key(field))));
    }
    const forget = () => fields.forEach((field) => store.remove(key(field)));
    // Kept until the server has said yes: a refused form comes back with its words.
    form.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) forget(); });
    form.addEventListener("submit", () => { if (!form.hasAttribute("hx-post")) sessionStorage.setItem("entraide-sent", form.dataset.draft); });
  }
}

function forgetWhatWasSent() {
  const sent = sessionStorage.getItem("entraide-sent");
  if (!sent) return;
  sessionStorage.removeItem("entraide-sent");
  if (document.querySelector("[role=alert]")) return;
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith(`entraide-draft:${sent}:`)) localStorage.removeItem(key);
  } catch { /* nothing was kept then */ }
  for (const form of document.querySelectorAll(`form[data-draft="${CSS.escape(sent)}"]`)) form.reset();
}

function addFiles(input, files) {
  const all = new DataTransfer();
  for (const file of [...input.files, ...files]) all.items.add(file);
  input.files = all.files;
  input.dispatchEvent(new Event("change", { bubbles: true }));
}

addEventListener("dragover", (event) => { if (event.target.closest?.("form:has(input[type=file])") && event.dataTransfer?.types.includes("Files")) event.preventDefault(); });
addEventListener("drop", (event) => {
  const input = event.target.closest?.("form")?.querySelector("input[type=file]");
  if (input && event.dataTransfer?.files.length) { event.preventDefault(); addFiles(input, event.dataTransfer.files); }
});
addEventListener("paste", (event) => {
  const input = event.target.closest?.("form")?.querySelector("input[type=file]");
  if (input && event.clipboardData?.files.length) { event.preventDefault(); addFiles(input, event.clipboardData.files); }
});
addEventListener("click", (event) => {
  const opener = event.target.closest?.("[data-opens]");
  if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  if (event.target.closest?.("[data-closes]")) event.target.closest("dialog")?.close();
});

// "5 min ago" must not still say so an hour later.
const units = [["year", 31536000], ["month", 2592000], ["day", 86400], ["hour", 3600], ["minute", 60]];
function refreshTimes() {
  const words = new Intl.RelativeTimeFormat(document.documentElement.lang, { numeric: "auto", style: "short" });
  for (const time of document.querySelectorAll("time[data-live]")) {
    const seconds = (new Date(time.dateTime) - Date.now()) / 1000;
    const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= size) || ["minute", 60];
    time.textContent = words.format(Math.round(seconds / length), unit);
  }
}

forgetWhatWasSent();
drafts(document);
setInterval(refreshTimes, 30000);
document.body.addEventListener("htmx:afterSwap", (event) => drafts(event.target));
// A refused form answers 422 with itself and the reason: show it.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 422 || event.detail.xhr.status === 409) { event.detail.shouldSwap = true; event.detail.isError = false; }
});
