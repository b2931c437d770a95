// Kept by the browser and woken for a message while no page of the desk is open: shows it, and leads to what it is about.

const UNREADABLE = { title: "Entraide", body: "", url: "/desk/notifications/", page: "/desk/notifications/" };

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function messageOf(data) {
  try { return { ...UNREADABLE, ...data.json() }; } catch { return UNREADABLE; }
}

self.addEventListener("push", (event) => {
  const { title, body, url, page, tag } = messageOf(event.data);
  // What replaces an older one about the same thing is news all the same.
  event.waitUntil(self.registration.showNotification(title, { body, tag, renotify: Boolean(tag), data: { url, page } }));
});

async function lead({ url, page }) {
  const tabs = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  const open = tabs.find((tab) => new URL(tab.url).pathname === page);
  if (!open) return self.clients.openWindow(url);
  // Left as it is, for somebody may have been writing there; that it was read is told all the same.
  await open.focus();
  return fetch(url, { credentials: "same-origin", redirect: "manual" });
}

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(lead(event.notification.data));
});
