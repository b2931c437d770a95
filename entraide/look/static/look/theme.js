// Runs before the page is painted, so that a dark page is never white first.
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    let chosen = null;
    try { chosen = localStorage.getItem("entraide-theme"); } catch { /* storage may be closed to us */ }
    root.dataset.bsTheme = chosen || (dark.matches ? "dark" : "light");
  };
  show();
  dark.addEventListener("change", show);
  addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-theme-toggle]")) return;
    const next = root.dataset.bsTheme === "dark" ? "light" : "dark";
    try { localStorage.setItem("entraide-theme", next); } catch { /* then it holds for this page */ }
    root.dataset.bsTheme = next;
  });
})();
