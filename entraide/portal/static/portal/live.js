// Brings in what was written to the ticket while its page is open, without touching what is being typed.
const article = document.querySelector("[data-portal-ticket]");

// After a refusal the page stands at an address that only takes POST: hence the ticket's own.
async function refresh() {
  const answer = await fetch(article.dataset.ownUrl, { headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of ["state", "conversation"]) {
    const fresh = page.getElementById(id);
    const shown = document.getElementById(id);
    if (fresh && shown && fresh.innerHTML !== shown.innerHTML) shown.replaceWith(fresh);
  }
  const asked = page.querySelector(".portal-confirm");
  if (asked && !document.querySelector(".portal-confirm")) document.getElementById("conversation").before(asked);
}

if (article) {
  const source = new EventSource(article.dataset.stream);
  source.addEventListener("ticket", (event) => {
    if (String(JSON.parse(event.data).number) === article.dataset.portalTicket) refresh();
  });
  source.addEventListener("gap", refresh);
  addEventListener("pagehide", () => source.close());
}
