// Keyboard shortcuts of a page. The page declares them: data-key="a" on what is pressed (a button or link) or, with
// data-key-focus="#field", on what leads there; data-key-row="d" data-hash="#decide" opens the current row's link there.
// Every list: j and k move from row to row, x ticks one, Enter opens it. "?" shows what there is. Nothing is heard
// while somebody types, but Ctrl+Enter (send the form) and Esc; single keys can be switched off (WCAG 2.1.4).
(() => {
  "use strict";
  const help = document.querySelector("dialog[data-keys]");
  if (!help) return;
  const STORE = "keys-off";
  const FIELDS = "input:not([type=checkbox]):not([type=radio]):not([type=hidden]), textarea, select, [contenteditable=true]";
  const remembered = () => { try { return localStorage.getItem(STORE) === "yes"; } catch { return false; } };
  const remember = (off) => { try { localStorage.setItem(STORE, off ? "yes" : "no"); } catch { /* only for this page then */ } };
  let off = remembered();

  const linkOf = (row) => row.querySelector("td.col-main a") || row.querySelector("td a");
  const rows = () => [...document.querySelectorAll(".list-body tbody tr")].filter(linkOf);
  let place = -1;
  const current = () => {
    const here = document.activeElement && document.activeElement.closest(".list-body tbody tr");
    const all = rows();
    if (here) place = all.indexOf(here);
    return place >= 0 ? all[Math.min(place, all.length - 1)] : undefined;
  };
  const move = (step) => {
    const all = rows();
    if (!all.length) return false;
    const from = current() ? place : -1;
    place = Math.max(0, Math.min(all.length - 1, from + step));
    linkOf(all[place]).focus();
    all[place].scrollIntoView({ block: "nearest" });
    return true;
  };
  const tick = () => {
    const row = current();
    const box = row && row.querySelector("[data-tick]");
    if (!box) return false;
    box.click();
    return true;
  };

  const press = (target) => {
    const field = target.dataset.keyFocus && document.querySelector(target.dataset.keyFocus);
    if (field) { field.focus(); field.scrollIntoView({ block: "center" }); return true; }
    const bar = target.closest(".bulk");
    if (bar) {
      if (!bar.closest("[data-bulk]").querySelector("[data-tick]:checked") && !tick()) return false;
      const reason = bar.querySelector("[name=reason]");
      if (target.dataset.needsReason && reason && !reason.value.trim()) { reason.focus(); return true; }
    }
    target.click();
    const box = target.closest("summary") && target.closest("details");
    if (box && box.open) { const first = box.querySelector(FIELDS); if (first) first.focus(); }
    return true;
  };
  const declared = (key) => {
    const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (target) return press(target);
    const opens = document.querySelector(`[data-key-row="${CSS.escape(key)}"]`);
    const row = opens && current();
    if (!row) return false;
    window.location.assign(linkOf(row).href + opens.dataset.hash);
    return true;
  };
  const search = () => {
    if (document.querySelector("[data-search], input[type=search]")) return false; // app.js does that one
    const box = document.querySelector(".filters-box");
    if (!box) return false;
    box.open = true;
    const field = box.querySelector("select, input:not([type=hidden])");
    if (field) field.focus();
    return true;
  };
  const showHelp = () => { if (!help.open) help.showModal(); return true; };
  const KEYS = { j: () => move(1), k: () => move(-1), x: tick, "/": search, "?": showHelp };

  const send = (field) => {
    const form = field.closest("main form");
    if (!form) return false;
    const button = form.querySelector("button:not([type=button])");
    if (button && (form.noValidate || form.reportValidity())) form.requestSubmit(button);
    return true;
  };
  const leave = (target) => {
    if (target.matches(FIELDS) && target.closest("main")) { target.blur(); return; }
    const open = target.closest("main details[open]:not([data-drop])");
    if (open) { open.open = false; open.querySelector("summary").focus(); }
  };

  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.isComposing || event.defaultPrevented || help.open) return;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      if (send(target)) event.preventDefault();
      return;
    }
    if (event.key === "Escape") { leave(target); return; }
    if (off && event.key !== "?") return;
    if (event.ctrlKey || event.metaKey || event.altKey || target.matches(FIELDS)) return;
    const act = KEYS[event.key];
    const done = (act && act()) || declared(event.key);
    if (done) event.preventDefault();
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys-help]")) showHelp();
    if (event.target.closest("[data-keys-close]")) help.close();
  });
  const box = help.querySelector("[data-keys-off]");
  box.checked = !off;
  box.addEventListener("change", () => {
    off = !box.checked;
    remember(off);
    window.bank.announce(off ? "Single-key shortcuts are off" : "Single-key shortcuts are on");
  });
})();
