// The keys and what they do, from the one list that the page brings (agent/commands.py). No key acts while somebody types.

const given = JSON.parse(document.getElementById("desk-commands")?.textContent || '{"commands": [], "kinds": {}}');
export const commands = given.commands;
export const kinds = given.kinds;
const calls = new Map();

// What only a module can do registers itself under its name; `is` tells whether it can be done here and now.
export const offer = (name, act, is = () => true) => calls.set(name, { act, is });
export const typing = (element) => element.closest?.("input:not([type=checkbox], [type=radio], [type=submit]), textarea, select, [contenteditable]");

const act = {
  go: { is: () => true, do: (to) => { location.href = to; } },
  call: { is: (name) => calls.get(name)?.is(), do: (name) => calls.get(name).act() },
  click: { is: (at) => document.querySelector(at), do: (at) => document.querySelector(at).click() },
  focus: { is: (at) => document.querySelector(at), do: (at) => document.querySelector(at).focus() },
  tab: { is: (name) => document.querySelector(`[data-tab="${name}"]`), do: (name) => document.querySelector(`[data-tab="${name}"]`).click() },
  show: { is: (at) => document.querySelector(at)?.matches(":enabled"), do: (at) => show(document.querySelector(at)) },
};

function show(field) {
  for (let each = field.closest("details"); each; each = each.parentElement.closest("details")) each.open = true;
  field.focus();
  // What the desk has put there is replaced by what is typed, not mixed with it.
  if (field.matches("input[type=text], input:not([type])")) field.select();
  field.scrollIntoView({ block: "nearest" });
}

const parts = (command) => [command.does.slice(0, command.does.indexOf(":")), command.does.slice(command.does.indexOf(":") + 1)];
export function isPossible(command) { const [verb, object] = parts(command); return Boolean(act[verb]?.is(object)); }
export function run(command) { const [verb, object] = parts(command); act[verb].do(object); }

function pressed(event) {
  const key = event.key;
  return event.ctrlKey || event.metaKey ? `Ctrl+${key.length === 1 ? key.toLowerCase() : key}` : key;
}
// While somebody types, those alone that are made for it: send, leave the field, and the palette.
const WHILE_TYPING = new Set(["Ctrl+Enter", "Ctrl+k", "Escape"]);
// These alone act upon what is typed; elsewhere the browser keeps its own meaning of them.
const ONLY_TYPING = new Set(["Ctrl+Enter", "Escape"]);

addEventListener("keydown", (event) => {
  if (event.altKey || event.isComposing || event.defaultPrevented) return;
  const key = pressed(event);
  const types = Boolean(typing(event.target));
  if (types ? !WHILE_TYPING.has(key) : ONLY_TYPING.has(key)) return;
  // A dialog has the keyboard for itself; a key held down does not do a thing thirty times.
  if (document.querySelector("dialog[open]") || (event.repeat && key !== "j" && key !== "k")) return;
  const command = commands.find((each) => each.keys.includes(key));
  if (!command || !isPossible(command)) return;
  event.preventDefault();
  run(command);
});

offer("sheet", () => document.getElementById("keys").showModal());
offer("send", () => document.activeElement.closest("form")?.requestSubmit());
offer("leave", () => document.activeElement.blur());
