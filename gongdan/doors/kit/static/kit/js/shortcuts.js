// The keyboard: "/" searches, "?" shows the keys, Alt+letter goes to a station, Ctrl+Enter saves, F6 changes the pane.
// What a key presses is written on the element: data-keys="Alt+J", or a letter alone, which works outside of fields.
(() => {
  "use strict";
  const visible = (element) => element.getClientRects().length > 0;

  const press = (element) => {
    if (element.form && element.type === "submit") element.form.requestSubmit(element);
    else element.click();
  };

  const named = (event) => {
    const key = event.code.startsWith("Key") ? event.code.slice(3) : event.code.startsWith("Digit") ? event.code.slice(5) : event.key;
    return [event.ctrlKey || event.metaKey ? "Ctrl" : "", event.altKey ? "Alt" : "", event.shiftKey ? "Shift" : "", key]
      .filter(Boolean).join("+");
  };

  const wearing = (keys, from) => {
    const own = from.closest?.("form")?.querySelectorAll(`[data-keys="${keys}"]`) ?? [];
    return [...own, ...document.querySelectorAll(`[data-keys="${keys}"]`)].find(visible);
  };

  const closeSheets = (except) => {
    const open = [...document.querySelectorAll("details[data-closes][open]")].filter((sheet) => sheet !== except);
    open.forEach((sheet) => { sheet.open = false; });
    return open.length > 0;
  };

  const otherPane = () => {
    const [left, right] = ["left", "right"].map((id) => document.getElementById(id));
    if (!left || !right) return;
    const pane = left.contains(document.activeElement) ? right : left;
    const inside = pane === right ? pane.querySelector("tr[tabindex='0']") : null;
    const field = [...pane.querySelectorAll("input:not([type=hidden]), select, textarea, a[href], button")].find(visible);
    (inside ?? field ?? pane).focus();
  };

  // The overlay: the keys of every page are drawn by the server, those of this page are found on it.
  const showKeys = () => {
    const overlay = document.getElementById("shortcuts");
    const own = overlay?.querySelector("[data-page-keys]");
    if (!overlay) return;
    const known = new Set(["Ctrl+Enter", "Ctrl+Shift+Enter"]);
    own.replaceChildren(...[...document.querySelectorAll("[data-keys]")]
      .filter((element) => visible(element) && !element.closest(".k-nav") && !known.has(element.dataset.keys) && known.add(element.dataset.keys))
      .map((element) => {
        const row = document.createElement("div");
        const [keys, what] = [document.createElement("dt"), document.createElement("dd")];
        keys.append(...element.dataset.keys.split("+").map((key) => Object.assign(document.createElement("kbd"), { textContent: key })));
        what.textContent = (element.closest("label")?.textContent || element.textContent || element.getAttribute("aria-label") || "").trim();
        row.append(keys, what);
        return row;
      }));
    overlay.showModal();
  };

  document.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "Alt") document.body.classList.add("k-alt");
    if (event.key === "F6") { event.preventDefault(); otherPane(); return; }
    if (event.key === "Escape") {
      const sheet = document.activeElement?.closest?.("details[data-closes][open]");
      if (closeSheets()) sheet?.querySelector("summary").focus();
      return;
    }
    if ((event.ctrlKey || event.metaKey || event.altKey) && event.key !== "Alt") {
      const element = wearing(named(event), event.target);
      if (element) { event.preventDefault(); press(element); }
      return;
    }
    if (Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/") {
      const box = document.querySelector("[data-search]");
      if (box) { event.preventDefault(); box.focus(); box.select(); }
    } else if (event.key === "?") {
      event.preventDefault();
      showKeys();
    } else if (event.key.length === 1) {
      const element = wearing(event.key, event.target);
      if (element) { event.preventDefault(); press(element); }
    }
  });

  const release = () => document.body.classList.remove("k-alt");
  document.addEventListener("keyup", (event) => { if (event.key === "Alt") release(); });
  window.addEventListener("blur", release);

  document.addEventListener("click", (event) => {
    closeSheets(event.target.closest?.("details[data-closes]"));
    if (event.target.closest?.("[data-opens=shortcuts]")) showKeys();
    if (event.target instanceof HTMLDialogElement) event.target.close();
  });
})();
