// Behaviours are found by a data- attribute, start when their element appears and are stopped when it leaves:
//   Kit.behaviour("[data-x]", (element) => { ...; return () => { ...stop... }; });
(() => {
  "use strict";
  const kinds = [];
  const running = new Map();

  const start = (kind, element) => {
    const stops = running.get(element) ?? new Map();
    if (stops.has(kind)) return;
    stops.set(kind, null);
    running.set(element, stops);
    stops.set(kind, kind.begin(element) ?? null);
  };

  const startWithin = (root) => {
    for (const kind of kinds) {
      if (root.matches?.(kind.selector)) start(kind, root);
      root.querySelectorAll?.(kind.selector).forEach((element) => start(kind, element));
    }
  };

  const sweep = () => {
    for (const [element, stops] of running) {
      if (element.isConnected) continue;
      stops.forEach((stop) => stop?.());
      running.delete(element);
    }
  };

  new MutationObserver((changes) => {
    sweep();
    changes.forEach((change) => change.addedNodes.forEach((node) => node.nodeType === 1 && startWithin(node)));
  }).observe(document.documentElement, { childList: true, subtree: true });

  window.Kit = {
    words: JSON.parse(document.body?.dataset.words ?? "{}"),
    behaviour(selector, begin) {
      const kind = { selector, begin };
      kinds.push(kind);
      document.querySelectorAll(selector).forEach((element) => start(kind, element));
    },
    /** Whether the key belongs to a field that takes text. */
    isTyping(event) {
      const element = event.target;
      return element.isContentEditable || /^(TEXTAREA|SELECT)$/.test(element.tagName) ||
        (element.tagName === "INPUT" && !/^(checkbox|radio|button|submit)$/.test(element.type));
    },
  };
  document.documentElement.classList.add("js");
})();
