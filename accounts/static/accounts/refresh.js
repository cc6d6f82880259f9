// Fragments that keep themselves fresh: while the page is visible, every element with data-refresh
// gets the event "refresh" (its hx-trigger). The server answers 204 while nothing has changed.
(() => {
  "use strict";
  const EVERY = 4000;
  const refresh = () => {
    if (document.hidden) return;
    document.querySelectorAll("[data-refresh]").forEach((element) => window.htmx.trigger(element, "refresh"));
  };
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
  document.addEventListener("htmx:afterSwap", (event) => {
    const fresh = document.getElementById(event.detail.target.id);
    if (fresh && fresh.matches("[data-refresh]")) window.bank.announce("Balances updated");
  });
})();
