// Recovery codes are on this page alone: kept as a file or on paper, from here.

const box = document.querySelector("[data-recovery]");
const codes = [...document.querySelectorAll("#recovery-codes code")].map((each) => each.textContent.trim());

box.querySelector("[data-download]").addEventListener("click", () => {
  const text = [box.dataset.heading, "", ...codes, ""].join("\r\n");
  const link = Object.assign(document.createElement("a"), { download: box.dataset.file, href: URL.createObjectURL(new Blob([text], { type: "text/plain" })) });
  link.click();
  URL.revokeObjectURL(link.href);
});
box.querySelector("[data-print]").addEventListener("click", () => print());
