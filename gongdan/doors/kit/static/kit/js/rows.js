// Rows of a list: a click or j/k and arrows choose one, which stays marked; Enter and double-click open it, one touch
// opens on a touch screen. A list that comes back keeps its place.
(() => {
  "use strict";
  const rowsOf = (table) => [...table.querySelectorAll("tbody tr[data-url]")];
  const open = (row) => { location.href = row.dataset.url; };

  const current = () => {
    const focused = document.activeElement?.closest?.("[data-rows]");
    return focused ?? document.querySelector("[data-rows]");
  };

  const focus = (table, row) => {
    rowsOf(table).forEach((other) => { other.tabIndex = -1; });
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };

  const move = (table, step) => {
    const rows = rowsOf(table);
    if (!rows.length) return;
    const at = rows.indexOf(document.activeElement);
    const start = rows.findIndex((row) => row.hasAttribute("aria-current"));
    const next = at >= 0 ? at + step : start >= 0 ? start : step > 0 ? 0 : rows.length - 1;
    focus(table, rows[Math.min(Math.max(next, 0), rows.length - 1)]);
  };

  document.addEventListener("keydown", (event) => {
    if (Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target.closest?.("[role=listbox], [role=radiogroup], dialog, details[open] > div")) return;
    const step = { j: 1, ArrowDown: 1, k: -1, ArrowUp: -1 }[event.key];
    const table = current();
    if (step && table && (event.key.length === 1 || table.contains(document.activeElement) || document.activeElement === document.body)) {
      event.preventDefault();
      move(table, step);
    }
  });

  // The pane that scrolls; on the phone, where form and list are one page, there is no place to keep.
  const scroller = (table) => {
    const pane = table.closest(".k-pane");
    if (!pane) return document.scrollingElement;
    return getComputedStyle(pane).overflowY === "auto" ? pane : null;
  };

  Kit.behaviour("[data-rows]", (table) => {
    const place = `place:${table.dataset.rows || location.pathname}`;
    const rows = rowsOf(table);
    const first = rows.find((row) => row.hasAttribute("aria-current")) ?? rows[0];
    rows.forEach((row) => { row.tabIndex = row === first ? 0 : -1; });
    table.addEventListener("focusin", (event) => {
      const at = event.target.closest("tr[data-url]");
      if (at) rowsOf(table).forEach((row) => row.classList.toggle("k-at", row === at));
    });

    const kept = Number(sessionStorage.getItem(place) ?? 0);
    const pane = scroller(table);
    if (pane && kept) pane.scrollTop = kept;

    const rowOf = (event) => (event.target.closest("a, button, input, label, summary") ? null : event.target.closest("tr[data-url]"));
    table.addEventListener("dblclick", (event) => { const row = rowOf(event); if (row) open(row); });
    table.addEventListener("click", (event) => {
      const row = rowOf(event);
      if (!row || String(getSelection())) return;
      if (matchMedia("(pointer: coarse)").matches) open(row);
      else focus(table, row);
    });
    table.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target.matches("tr[data-url]")) { event.preventDefault(); open(event.target); }
    });

    const keep = () => { if (pane) sessionStorage.setItem(place, String(pane.scrollTop)); };
    window.addEventListener("pagehide", keep);
    return () => window.removeEventListener("pagehide", keep);
  });
})();
