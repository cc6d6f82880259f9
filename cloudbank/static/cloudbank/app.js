// Small helpers of every page. All of it is enhancement: each page works without this file.
(() => {
  "use strict";
  const $ = (selector, from = document) => from.querySelector(selector);
  const on = (type, selector, handler) => document.addEventListener(type, (event) => {
    const hit = event.target instanceof Element && event.target.closest(selector);
    if (hit) handler(event, hit);
  });
  const announce = (text) => { const region = $("#announce"); if (region) region.textContent = text; };
  const toLogin = () => {
    const login = document.body.dataset.login || "/login";
    window.location.assign(`${login}?next=${encodeURIComponent(location.pathname + location.search)}`);
  };
  const isLogin = (url) => new URL(url, location.href).pathname === new URL(document.body.dataset.login || "/login", location.href).pathname;
  window.bank = { announce, toLogin, isLogin };

  // Navigation: the phone's menu, and drop-downs that close on Escape and on a click elsewhere.
  on("click", "[data-menu-toggle]", (event, button) => {
    const open = $("#bar-menu").classList.toggle("is-open");
    button.setAttribute("aria-expanded", String(open));
  });
  const closeDrops = (except) => document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
    if (drop !== except) drop.open = false;
  });
  document.addEventListener("click", (event) => closeDrops(event.target.closest("details[data-drop]")));
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const drop = event.target.closest("details[data-drop][open]");
    if (drop) $("summary", drop).focus();
    closeDrops();
  });

  // Theme: a cookie, so that the server draws the next page right.
  on("click", "[data-theme-toggle]", () => {
    const root = document.documentElement;
    const theme = root.dataset.bsTheme === "dark" ? "light" : "dark";
    root.dataset.theme = root.dataset.bsTheme = theme;
    const secure = location.protocol === "https:" ? ";secure" : "";
    document.cookie = `theme=${theme};path=/;max-age=31536000;samesite=lax${secure}`;
    document.dispatchEvent(new CustomEvent("bank:theme"));
    announce(`${theme === "dark" ? "Dark" : "Light"} theme`);
  });

  // A form is sent once; the button comes back when the person returns to the page.
  const busy = (form, state) => form.querySelectorAll("button:not([type=button]), input[type=submit]").forEach((button) => {
    button.disabled = state;
    button.setAttribute("aria-busy", String(state));
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("[data-once]")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => busy(form, true)); // after the browser has read the pressed button's value
  });
  const release = (form) => { delete form.dataset.sent; busy(form, false); };
  window.addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(release));
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target.closest("form[data-sent]");
    if (form) release(form);
  });

  // Errors: the summary takes the focus, its links lead into the fields.
  const focusSummary = (root) => { const box = $("[data-error-summary]", root); if (box) box.focus(); };
  focusSummary(document);
  on("click", "[data-error-summary] a", (event, link) => {
    const field = document.getElementById(link.hash.slice(1));
    if (field) { event.preventDefault(); field.focus(); field.scrollIntoView({ block: "center" }); }
  });

  // An answer below a field (data-answers="its id") takes the place of the error that the server gave it before.
  document.addEventListener("htmx:afterSwap", (event) => {
    const field = document.getElementById(event.detail.target.dataset.answers || "");
    if (!field || !field.matches(".is-invalid")) return;
    field.classList.remove("is-invalid");
    field.removeAttribute("aria-invalid");
    const around = field.closest(".mb-3");
    around.querySelectorAll(".has-error").forEach((one) => one.classList.remove("has-error"));
    around.querySelectorAll(".invalid-feedback").forEach((one) => one.remove());
  });

  // htmx: errors are said, an expired session leads to the sign-in page, never into a table.
  document.addEventListener("htmx:afterSwap", (event) => focusSummary(event.detail.target));
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr } = event.detail;
    if (xhr.status === 401 || (xhr.responseURL && isLogin(xhr.responseURL) && !isLogin(location.href))) {
      event.detail.shouldSwap = false;
      toLogin();
    }
  });
  document.addEventListener("htmx:responseError", (event) => {
    const id = event.detail.xhr.getResponseHeader("X-Request-ID");
    announce(`That did not work. Try again.${id ? ` Reference ${id}.` : ""}`);
  });
  document.addEventListener("htmx:sendError", () => announce("No connection. Check the network and try again."));

  // Copy, print, search.
  on("click", "[data-copy]", async (event, button) => {
    const source = $(button.dataset.copy);
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    const label = $("span", button);
    if (label) label.textContent = "Copied";
    announce("Copied");
  });
  on("click", "[data-print]", () => window.print());
  const typing = (element) => element.matches("input, textarea, select, [contenteditable=true]");
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = $("[data-search], input[type=search]");
    if (search) { event.preventDefault(); search.closest("details")?.setAttribute("open", ""); search.focus(); search.select(); }
  });

  // Tabs: on a phone they are one row that scrolls sideways; the current one is in sight.
  document.querySelectorAll(".tabs [aria-current=page]").forEach((tab) => {
    const strip = tab.closest(".tabs");
    strip.scrollLeft = tab.getBoundingClientRect().left - strip.getBoundingClientRect().left - strip.clientWidth / 3;
  });

  // Tables: one that fits keeps its header in sight while the page scrolls; one that does not can be scrolled by keys.
  const fit = (box) => {
    const fits = box.scrollWidth <= box.clientWidth + 1;
    box.classList.toggle("fits", fits);
    if (fits) { box.removeAttribute("tabindex"); box.removeAttribute("role"); return; }
    box.tabIndex = 0;
    box.setAttribute("role", "region");
    box.setAttribute("aria-label", $("caption", box)?.textContent.trim() || "Table");
  };
  const widths = new ResizeObserver((entries) => entries.forEach((entry) => fit(entry.target)));
  const watchTables = (root) => root.querySelectorAll(".table-scroll").forEach((box) => widths.observe(box));
  watchTables(document);
  document.addEventListener("htmx:load", (event) => watchTables(event.target.parentElement || event.target));

  // Lists: tick boxes, shift-range, the bar that counts them.
  const boxes = (table) => [...table.querySelectorAll("input[data-tick]")];
  const count = (table) => {
    const all = boxes(table);
    const ticked = all.filter((box) => box.checked).length;
    all.forEach((box) => box.closest("tr").classList.toggle("is-selected", box.checked));
    const head = $("input[data-tick-all]", table);
    if (head) { head.checked = ticked > 0 && ticked === all.length; head.indeterminate = ticked > 0 && ticked < all.length; }
    const bar = $(".bulk", table);
    if (bar) { bar.classList.toggle("is-on", ticked > 0); $("[data-bulk-count]", bar).textContent = `${ticked} selected`; }
  };
  let last = null;
  on("click", "input[data-tick]", (event, box) => {
    const table = box.closest("[data-bulk]");
    const all = boxes(table);
    if (event.shiftKey && last && all.includes(last)) {
      const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
      all.slice(from, to + 1).forEach((one) => { one.checked = box.checked; });
    }
    last = box;
    count(table);
  });
  on("change", "input[data-tick-all]", (event, head) => {
    const table = head.closest("[data-bulk]");
    boxes(table).forEach((box) => { box.checked = head.checked; });
    count(table);
  });
})();
