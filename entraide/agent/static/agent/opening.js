// A template on the page of a new ticket: it fills the form; what was typed already stays.

const choice = document.getElementById("template");
const form = choice?.closest("form");
let filled = {};

function put(field, value) {
  field.value = value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
}
choice?.addEventListener("change", async () => {
  if (!choice.value) return;
  const answer = await fetch(choice.dataset.url.replace("/0/", `/${choice.value}/`));
  if (!answer.ok || answer.redirected) return;
  const facts = await answer.json();
  for (const [name, value] of Object.entries(facts)) {
    const field = form.elements[name];
    if (!field) continue;
    const isWords = name === "subject" || name === "text";
    const isUntouched = !field.value.trim() || field.value === (filled[name] ?? field.defaultValue);
    if (!isWords || isUntouched) put(field, value);
    else if (name === "text" && value && !field.value.includes(value)) put(field, `${field.value}\n\n${value}`);
  }
  filled = facts;
});
