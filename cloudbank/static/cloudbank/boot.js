// Runs before the first paint: says that scripts work, and picks the theme of a person who left the choice to the system.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  if (root.dataset.theme === "auto") {
    const dark = window.matchMedia("(prefers-color-scheme: dark)");
    const apply = () => { root.dataset.bsTheme = dark.matches ? "dark" : "light"; };
    dark.addEventListener("change", () => { if (root.dataset.theme === "auto") apply(); });
    apply();
  }
})();
