// An alert that is open on the screen is held for who works on it (data-claim), asked for again while the page is open.
// X-Poll: such requests never keep the session alive. Who loses it is told by whom and when; nothing typed is lost.
(() => {
  "use strict";
  const EVERY = 45000;
  const CONFLICT = 409;
  const mark = document.querySelector("[data-claim]");
  const token = document.querySelector("input[name=csrfmiddlewaretoken]");
  if (!mark || !token) return;
  let timer = 0;

  const lost = (message) => {
    clearInterval(timer);
    const notice = document.querySelector("[data-claim-lost]");
    notice.querySelector("[data-claim-says]").textContent = message;
    notice.hidden = false;
    document.title = `Taken over \u2013 ${document.title}`;
  };

  const claim = async () => {
    try {
      const answer = await fetch(mark.dataset.claim, {
        method: "POST",
        headers: { "X-Poll": "1", "X-CSRFToken": token.value, Accept: "application/json" },
        body: new URLSearchParams({ revision: mark.dataset.revision }),
        credentials: "same-origin",
      });
      if (answer.status === 401) { window.bank.toLogin(); return; }
      if (answer.status === CONFLICT) lost((await answer.json()).message);
    } catch {
      // No connection: the claim lapses by itself, and the next try renews it.
    }
  };

  claim();
  timer = setInterval(claim, EVERY);
  document.addEventListener("visibilitychange", () => { if (!document.hidden && timer) claim(); });
})();
