// What every page does: drafts that survive a closed tab, files by drop and paste, dialogs, times that stay true.

const store = {
  get(key) { try { return localStorage.getItem(key); } catch { return null; } },
  set(key, value) { try { localStorage.setItem(key, value); } catch { /* full or closed: the page still works */ } },
  remove(key) { try { localStorage.removeItem(key); } catch { /* as above */ } },
};

const draftKey = (form, field) => `entraide-draft:${form.dataset.draft}:${field.name}`;
// Words, and whatever is answered to the form of a category; what else is chosen only where it brings such a form.
const DRAFTED = "textarea[name], input[type=text][name], input:not([type])[name], [data-asked] :is(input, select)[name]:not([type=hidden]), select[data-drafted]";
const drafted = (form) => form.querySelectorAll(DRAFTED);
const isChoice = (field) => field.type === "radio" || field.type === "checkbox";
const choicesOf = (field) => [...field.form.querySelectorAll("input")].filter((each) => each.name === field.name);
function draftOf(field) {
  if (!isChoice(field)) return field.value;
  const chosen = choicesOf(field).filter((each) => each.checked).map((each) => each.value);
  return chosen.length ? JSON.stringify(chosen) : "";
}
function putDraft(field, kept) {
  if (!isChoice(field)) field.value = kept;
  else for (const each of choicesOf(field)) each.checked = JSON.parse(kept || "[]").includes(each.value);
}
const watched = new WeakSet();
function drafts(root) {
  const around = root.closest?.("form[data-draft]");
  for (const form of [...root.querySelectorAll("form[data-draft]"), ...(around ? [around] : [])]) {
    for (const field of drafted(form)) {
      if (watched.has(field)) continue;
      watched.add(field);
      const key = draftKey(form, field);
      const kept = store.get(key);
      if (kept && !draftOf(field)) {
        putDraft(field, kept);
        form.dataset.restored = "yes";
        form.closest("details")?.setAttribute("open", "");
        // What depends on it is asked for, or shown.
        if (field.dataset.drafted !== undefined) addEventListener("load", () => field.dispatchEvent(new Event("change", { bubbles: true })));
        else if (field.closest("[data-asked]")) setTimeout(() => field.dispatchEvent(new Event("input", { bubbles: true })));
      }
      field.addEventListener(isChoice(field) || field.tagName === "SELECT" ? "change" : "input", () => (draftOf(field) ? store.set(key, draftOf(field)) : store.remove(key)));
    }
    if (form.dataset.draftReady) continue;
    form.dataset.draftReady = "yes";
    form.addEventListener("submit", () => {
      const sent = { draft: form.dataset.draft, form: form.querySelector("input[name=form]")?.value };
      sessionStorage.setItem("entraide-sent", JSON.stringify(sent));
    });
  }
}

// A draft goes only when the server says that it took the form: by the form's key in the address to which it leads on
// or, where a form has none, by its thanks. A sign-in page, an error, an old form: what was typed stays.
function wasTaken(sent) {
  if (sent.form) return location.hash === `#sent-${sent.form}`;
  return !location.pathname.startsWith("/account/") && document.querySelector(".told .alert-success") !== null;
}
function forgetWhatWasTaken() {
  const sent = JSON.parse(sessionStorage.getItem("entraide-sent") || "null");
  sessionStorage.removeItem("entraide-sent");
  if (sent && wasTaken(sent)) {
    try {
      for (const key of Object.keys(localStorage)) if (key.startsWith(`entraide-draft:${sent.draft}:`)) localStorage.removeItem(key);
    } catch { /* nothing was kept then */ }
  }
  // A page that answered a form is remembered by its address alone: going back to it must not ask to send the form anew.
  if (!location.hash.startsWith("#sent-")) history.replaceState(history.state, "", location.href);
  else history.replaceState(history.state, "", location.pathname + location.search);
}

/* --- one press sends once ------------------------------------------------ */
const STUCK_MS = 15000;
function release(form) {
  delete form.dataset.sending;
  for (const button of form.querySelectorAll("button[data-pressed]")) { button.disabled = false; delete button.dataset.pressed; }
}
addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.getAttribute("method")?.toLowerCase() !== "post") return;
  if (form.dataset.sending) { event.preventDefault(); return; }
  form.dataset.sending = "yes";
  // Later, when the form has been gathered: a disabled button would not say which one was pressed.
  setTimeout(() => {
    for (const button of form.querySelectorAll("button:not([type=button]):enabled")) { button.disabled = true; button.dataset.pressed = "yes"; }
  });
  setTimeout(() => release(form), STUCK_MS);
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  // The page comes back as it was left: what has been taken since is no draft any more.
  for (const form of document.querySelectorAll("form")) {
    release(form);
    if (form.dataset.draft) for (const field of drafted(form)) putDraft(field, store.get(draftKey(form, field)) ?? "");
  }
});

/* --- files ---------------------------------------------------------------- */
function countFiles(form) {
  const input = form?.querySelector("input[type=file][data-at-most]");
  if (!input) return;
  const n = input.files.length + form.querySelectorAll("input[name=kept]:checked").length;
  input.setCustomValidity(n > Number(input.dataset.atMost) ? input.dataset.tooMany : "");
  if (n > Number(input.dataset.atMost)) input.reportValidity();
}
addEventListener("change", (event) => { if (event.target.matches?.("input[type=file], input[name=kept]")) countFiles(event.target.form); });
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

// What was refused is said where it happened; the page opens there.
addEventListener("DOMContentLoaded", () => {
  const refusal = document.querySelector("main [role=alert]");
  if (!refusal) return;
  refusal.tabIndex = -1;
  refusal.focus({ preventScroll: true });
  refusal.scrollIntoView({ block: "start", behavior: "instant" });
});

forgetWhatWasTaken();
drafts(document);
setInterval(refreshTimes, 30000);
document.body.addEventListener("htmx:afterSwap", (event) => drafts(event.target));
// A request that a newer one replaces, or that ends with the page, is over: htmx is to go on, and to call it no failure.
document.body.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => { xhr.onabort = xhr.onload; });
document.body.addEventListener("htmx:beforeOnLoad", (event) => { if (event.detail.xhr.status === 0) event.preventDefault(); });
// What is sent needs no preview any more: one that is under way would only keep the answer waiting.
addEventListener("submit", (event) => {
  if (event.defaultPrevented) return;
  for (const preview of document.querySelectorAll("[hx-sync]")) preview.dispatchEvent(new CustomEvent("htmx:abort", { bubbles: true, detail: {} }));
});
// A refused form answers 422 with itself and the reason: show it.
document.body.addEventListener("htmx:beforeSwap", (event) => {
  // Signed out meanwhile: the sign-in page belongs in the window, not in a part of this one.
  if (new URL(event.detail.xhr.responseURL || location.href).pathname.startsWith("/account/")) {
    event.detail.shouldSwap = false;
    location.reload();
    return;
  }
  if (event.detail.xhr.status === 422 || event.detail.xhr.status === 409) { event.detail.shouldSwap = true; event.detail.isError = false; }
});

// What opens over the page (a menu, help for searching, columns, saving a view): one at a time, closed by Escape and by a click beside it.
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
