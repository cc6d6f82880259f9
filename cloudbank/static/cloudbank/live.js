// Live pages. An element with data-poll="/url" asks that address every data-poll-ms while the page is visible:
//   204 = nothing new; 200 = JSON {"count": 3, "word": "new alerts"} or a page with the header X-Count.
// New rows are announced in a bar; nothing moves under the cursor until the person asks for it. With
// data-live-auto="#list" they come in by themselves while nobody is at that list: no pointer over it, no focus
// or tick in it, no text selected, its top in sight or below. Elements with data-live-part get the event "news".
(() => {
  "use strict";
  const FLOOR = 250;
  const BACKOFF = 10000;
  const CALM = 1200;
  const PARTS_AT_MOST_EVERY = 2000;
  const PARTS_ANYWAY_EVERY = 15000;
  const LIT = 6000;
  const canHover = window.matchMedia("(hover: hover)");

  // A row's words without its clocks, which change by themselves.
  const words = (row) => [...row.cells].filter((cell) => !cell.querySelector("time, .tag, input")).map((cell) => cell.textContent.trim()).join("|");
  const rowsOf = (selector) => [...document.querySelectorAll(`${selector} tbody tr`)];

  let partsAt = 0;
  let partsTimer = 0;
  const refreshParts = () => {
    clearTimeout(partsTimer);
    const wait = partsAt + PARTS_AT_MOST_EVERY - Date.now();
    if (wait > 0) { partsTimer = setTimeout(refreshParts, wait); return; }
    partsAt = Date.now();
    document.querySelectorAll("[data-live-part]").forEach((part) => window.htmx.trigger(part, "news"));
  };
  if (document.querySelector("[data-live-part]")) {
    setInterval(() => { if (![...pollers.values()].some((poller) => poller.idle)) refreshParts(); }, PARTS_ANYWAY_EVERY);
    document.addEventListener("htmx:beforeSwap", (event) => {
      const part = event.detail.target;
      if (part.matches("[data-live-part]") && part.contains(document.activeElement)) event.detail.shouldSwap = false;
    });
  }

  class Poller {
    constructor(element) {
      this.element = element;
      this.every = Math.max(FLOOR, Number(element.dataset.pollMs) || 1000);
      this.failures = 0;
      this.paused = false;
      this.list = element.dataset.liveAuto || "";
      this.busyAt = 0;
      this.schedule(this.every);
    }

    schedule(delay) { clearTimeout(this.timer); this.timer = setTimeout(() => this.tick(), delay); }

    get idle() { return document.hidden || this.paused || !this.element.isConnected; }

    async tick() {
      if (!this.element.isConnected) return;
      if (this.list && this.inUse()) this.busyAt = Date.now();
      if (!this.idle) await this.ask();
      this.schedule(this.failures ? Math.min(BACKOFF, this.every * 2 ** this.failures) : this.every);
    }

    // Whether somebody reads or works in the list, so that its rows must stay where they are.
    inUse() {
      const list = document.querySelector(this.list);
      if (!list) return true;
      return list.getBoundingClientRect().top < 0
        || (canHover.matches && (list.matches(":hover") || this.element.matches(":hover")))
        || list.contains(document.activeElement)
        || Boolean(list.querySelector("[data-tick]:checked, details[open]"))
        || !window.getSelection().isCollapsed;
    }

    get mayLetIn() { return Boolean(this.list) && !this.inUse() && Date.now() - this.busyAt > CALM; }

    async ask() {
      try {
        const answer = await fetch(this.element.dataset.poll, { headers: { "X-Poll": "1", Accept: "application/json" }, credentials: "same-origin" });
        if (answer.status === 401 || (answer.redirected && window.bank.isLogin(answer.url))) { window.bank.toLogin(); return; }
        this.failures = answer.ok ? 0 : this.failures + 1;
        if (answer.status === 200) this.show(await this.read(answer));
      } catch {
        this.failures += 1;
      }
    }

    async read(answer) {
      if ((answer.headers.get("Content-Type") || "").includes("json")) return answer.json();
      return { count: Number(answer.headers.get("X-Count")) || 1 };
    }

    show({ count = 1, word = "", next = "" }) {
      if (next) this.element.dataset.poll = next;
      const button = this.element.querySelector("[data-live-show]");
      if (!button || !count) return;
      const text = `${count} ${word || (count === 1 ? "new alert" : "new alerts")}`;
      if (button.dataset.said !== text) refreshParts();
      if (this.mayLetIn) { window.bank.announce(`${text}, shown`); button.click(); return; }
      if (button.dataset.said === text) return;
      button.dataset.said = text;
      button.querySelector("[data-live-text]").textContent = `${text} \u2013 show`;
      button.hidden = false;
      document.title = `(${count}) ${document.title.replace(/^\(\d+\) /, "")}`;
    }
  }

  const pollers = new Map();
  const start = (root) => root.querySelectorAll("[data-poll]").forEach((element) => {
    if (!pollers.has(element)) pollers.set(element, new Poller(element));
  });
  start(document);
  document.addEventListener("htmx:load", (event) => start(event.target));
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) pollers.forEach((poller) => poller.schedule(0));
  });

  // After the next swap of a list: mark the rows that were not there, or said something else.
  const light = (selector) => {
    const before = new Set(rowsOf(selector).map(words));
    const mark = (event) => {
      if (event.detail.target.id !== selector.slice(1)) return;
      document.removeEventListener("htmx:afterSwap", mark);
      const fresh = rowsOf(selector).filter((row) => !before.has(words(row)));
      fresh.forEach((row) => row.classList.add("row-new"));
      setTimeout(() => fresh.forEach((row) => row.classList.remove("row-new")), LIT);
    };
    document.addEventListener("htmx:afterSwap", mark);
  };

  // "Show": an htmx button reloads its list; without hx-get the whole page is loaded anew.
  document.addEventListener("click", (event) => {
    const show = event.target.closest("[data-live-show]");
    if (show) {
      show.hidden = true;
      delete show.dataset.said;
      document.title = document.title.replace(/^\(\d+\) /, "");
      if (!show.hasAttribute("hx-get")) window.location.reload();
      else light(show.getAttribute("hx-target"));
    }
    const pause = event.target.closest("[data-live-pause]");
    if (pause) {
      const poller = pollers.get(pause.closest("[data-poll]"));
      poller.paused = !poller.paused;
      poller.element.classList.toggle("is-paused", poller.paused);
      pause.setAttribute("aria-pressed", String(poller.paused));
      pause.querySelector("[data-live-word]").textContent = poller.paused ? "Paused" : "Live";
    }
  });
})();
