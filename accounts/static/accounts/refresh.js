// Fragments that keep themselves fresh: while the page is visible, every element with data-refresh
// gets the event "refresh" (its hx-trigger). The server answers 204 while nothing has changed.
// data-refresh="15000": no more often than that; data-refresh-word: what is said when it came anew.
// What cannot be had anew is old: the notice [data-stale] in it says so, until it comes anew without it.
(() => {
  "use strict";
  const EVERY = 4000;
  const asked = {};
  const due = (element) => Date.now() - (asked[element.id] || opened) >= (Number(element.dataset.refresh) || 0);
  const opened = Date.now();
  const refresh = () => {
    if (document.hidden) return;
    document.querySelectorAll("[data-refresh]").forEach((element) => {
      if (!due(element)) return;
      asked[element.id] = Date.now();
      window.htmx.trigger(element, "refresh");
    });
  };
  setInterval(refresh, EVERY);
  document.addEventListener("visibilitychange", refresh);
  const failed = ({ detail: { elt } }) => {
    const notice = elt.matches("[data-refresh]") && elt.querySelector("[data-stale]");
    if (notice) notice.hidden = false;
  };
  ["htmx:responseError", "htmx:sendError", "htmx:timeout"].forEach((name) => document.addEventListener(name, failed));
  document.addEventListener("htmx:afterSwap", (event) => {
    const fresh = document.getElementById(event.detail.target.id);
    if (fresh && fresh.matches("[data-refresh]")) window.bank.announce(fresh.dataset.refreshWord || "Balances updated");
  });
})();
