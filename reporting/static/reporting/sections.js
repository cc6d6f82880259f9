// A report's sections on a phone: folded, so that the page is its own table of contents. Without this file all stay open.
(() => {
  "use strict";
  const sections = document.querySelectorAll("details.report-section");
  if (window.matchMedia("(max-width: 35.99rem)").matches && sections.length > 2) {
    sections.forEach((one) => { one.open = false; });
  }
  const reveal = () => {
    const wanted = location.hash && document.getElementById(location.hash.slice(1));
    const section = wanted && wanted.querySelector("details.report-section");
    if (!section) return;
    section.open = true;
    wanted.scrollIntoView();
  };
  window.addEventListener("hashchange", reveal);
  window.addEventListener("beforeprint", () => document.querySelectorAll("details.report-section, details.report-figures").forEach((one) => { one.open = true; }));
  reveal();
})();
