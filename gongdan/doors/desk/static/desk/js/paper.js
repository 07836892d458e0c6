// The bar above a paper: its print button, and waiting for the PDF.
(() => {
  const print = document.querySelector("[data-print]");
  if (print) {
    print.addEventListener("click", () => window.print());
    print.focus();
  }
  const waiting = document.querySelector("[data-pdf]");
  if (!waiting) return;
  let tries = 0;
  const ask = async () => {
    tries += 1;
    try {
      const answer = await (await fetch(waiting.dataset.pdf, { headers: { Accept: "application/json" } })).json();
      if (answer.url) {
        window.location.assign(answer.url);
        return;
      }
      if (answer.trouble) {
        window.location.reload();
        return;
      }
    } catch {
      // the network is away for a moment: ask again
    }
    if (tries < 60) setTimeout(ask, Math.min(1000 + tries * 200, 5000));
  };
  setTimeout(ask, 800);
})();
