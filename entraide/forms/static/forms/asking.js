// Which fields are asked changes while one answers. The server decides by the same rules when the form is sent.

const controls = (box) => [...box.querySelectorAll("input, select, textarea")];

function typed(box) {
  return controls(box)
    .filter((each) => !["radio", "checkbox"].includes(each.type) || each.checked)
    .map((each) => each.value.trim())
    .filter(Boolean)
    .map((value) => (box.querySelector("[inputmode=decimal]") && !Number.isNaN(Number(value.replace(",", "."))) ? String(Number(value.replace(",", "."))) : value));
}

function follow(group) {
  const boxes = new Map([...group.querySelectorAll("[data-field]")].map((box) => [box.dataset.field, box]));
  const known = new Map();
  const isShown = (code, within) => {
    if (known.has(code)) return known.get(code);
    const box = boxes.get(code);
    // Those that wait for each other are shown by none of them.
    if (!box || within.includes(code)) return false;
    const answer = !box.dataset.shownIf || holds(JSON.parse(box.dataset.shownIf), [...within, code]);
    known.set(code, answer);
    return answer;
  };
  const holds = ({ field, values }, within = []) => {
    if (!isShown(field, within)) return false;
    const answers = typed(boxes.get(field));
    return answers.length > 0 && (values.length === 0 || answers.some((each) => values.includes(each)));
  };
  // At the desk all of it may be left for later, or none of what must be answered.
  const isLeft = group.dataset.mayBeLeft !== undefined && [...boxes.values()].every((box) => !typed(box).length);
  for (const [code, box] of boxes) {
    const shown = isShown(code, []);
    const must = shown && !isLeft && (box.dataset.always !== undefined || (box.dataset.requiredIf !== undefined && holds(JSON.parse(box.dataset.requiredIf))));
    box.hidden = !shown;
    const optional = box.querySelector("[data-optional]");
    if (optional) optional.hidden = must;
    for (const control of controls(box)) if (control.type !== "checkbox") control.required = must;
  }
}

function followAll() {
  for (const group of document.querySelectorAll("[data-asked]")) follow(group);
}
for (const happening of ["input", "change"]) document.addEventListener(happening, (event) => { const group = event.target.closest?.("[data-asked]"); if (group) follow(group); });
document.body.addEventListener("htmx:afterSwap", followAll);
followAll();
