// Live pages. An element with data-poll="/url" asks that address every data-poll-ms while the page is visible:
//   204 = nothing new; 200 = JSON {"count": 3, "word": "new alerts"} or a page with the header X-Count.
// New rows are announced in a bar; nothing moves under the cursor until the person asks for it.
(() => {
  "use strict";
  const FLOOR = 250;
  const BACKOFF = 10000;

  class Poller {
    constructor(element) {
      this.element = element;
      this.every = Math.max(FLOOR, Number(element.dataset.pollMs) || 1000);
      this.failures = 0;
      this.paused = false;
      this.schedule(this.every);
    }

    schedule(delay) { clearTimeout(this.timer); this.timer = setTimeout(() => this.tick(), delay); }

    get idle() { return document.hidden || this.paused || !this.element.isConnected; }

    async tick() {
      if (!this.element.isConnected) return;
      if (!this.idle) await this.ask();
      this.schedule(this.failures ? Math.min(BACKOFF, this.every * 2 ** this.failures) : this.every);
    }

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

  // "Show": an htmx button reloads its list; without hx-get the whole page is loaded anew.
  document.addEventListener("click", (event) => {
    const show = event.target.closest("[data-live-show]");
    if (show) {
      show.hidden = true;
      delete show.dataset.said;
      document.title = document.title.replace(/^\(\d+\) /, "");
      if (!show.hasAttribute("hx-get")) window.location.reload();
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
