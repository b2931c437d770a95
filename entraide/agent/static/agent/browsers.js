// "On this browser": asks for permission, subscribes, and lets the desk know; says in words where that cannot be.

const part = () => document.getElementById("browsers");
const isAble = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

function show(state) {
  for (const each of part().querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== state;
}

function look() {
  if (!part()) return;
  if (!isAble) show("unable");
  else if (Notification.permission === "denied") show("denied");
  else show("able");
}

function keyBytes(text) {
  const whole = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(whole, (each) => each.charCodeAt(0));
}

const isSame = (key, bytes) => key && new Uint8Array(key).every((each, n) => each === bytes[n]);

async function subscription() {
  const { worker, key } = part().dataset;
  await navigator.serviceWorker.register(worker);
  const { pushManager } = await navigator.serviceWorker.ready;
  const bytes = keyBytes(key);
  const before = await pushManager.getSubscription();
  // One that was made for another key of the desk is of no use any more.
  if (before && !isSame(before.options.applicationServerKey, bytes)) await before.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes });
}

async function turnOn(button) {
  button.disabled = true;
  try {
    if ((await Notification.requestPermission()) !== "granted") {
      look();
      if (Notification.permission !== "denied") show("undecided");
      return;
    }
    const { endpoint, keys } = (await subscription()).toJSON();
    const { csrfmiddlewaretoken } = Object.fromEntries(new FormData(button.form));
    const body = new URLSearchParams({ csrfmiddlewaretoken, endpoint, p256dh: keys.p256dh, auth: keys.auth });
    const answer = await fetch(button.form.action, { method: "POST", body });
    if (answer.redirected || ![200, 422].includes(answer.status)) throw new Error(answer.status);
    const old = part();
    old.insertAdjacentHTML("afterend", await answer.text());
    old.remove();
    htmx.process(part());
    look();
    part().querySelector("h2").focus();
  } catch {
    show("failed");
  } finally {
    button.disabled = false;
  }
}

document.body.addEventListener("submit", (event) => {
  if (event.target.id !== "browser-on") return;
  event.preventDefault();
  turnOn(event.target.querySelector("button"));
});

// Removed here, the browser need not be reachable any more either.
document.body.addEventListener("htmx:beforeRequest", async (event) => {
  if (!event.target.matches?.("[data-here]")) return;
  const registration = await navigator.serviceWorker?.getRegistration(part().dataset.worker);
  await (await registration?.pushManager.getSubscription())?.unsubscribe();
});
document.body.addEventListener("htmx:afterSwap", look);
look();
