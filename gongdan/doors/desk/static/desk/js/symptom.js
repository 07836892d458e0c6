// What was asked and answered, and a known fault that was picked, goes into the text as it would have been typed.
(() => {
  "use strict";
  const write = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  Kit.behaviour("[data-questions]", (panel) => {
    const field = panel.closest("form").elements[panel.dataset.questions];
    const buttons = () => [...panel.querySelectorAll("button")].filter((button) => button.getClientRects().length);
    const stop = (one) => panel.querySelectorAll("button, summary").forEach((other) => { other.tabIndex = other === one ? 0 : -1; });
    stop(buttons()[0]);
    const other = new MutationObserver(() => stop(buttons()[0])); // the questions of another category
    other.observe(panel, { childList: true });

    panel.addEventListener("click", (event) => {
      const button = event.target.closest("[data-question]");
      if (!button) return;
      const lead = `${button.dataset.question.replace(/[？?]\s*$/, "")}：`;
      const answer = button.dataset.answer ?? "";
      const lines = field.value.split("\n");
      const at = lines.findIndex((line) => line.startsWith(lead));
      if (at < 0) lines.push(lead + answer);
      else if (answer) lines[at] = lead + answer;
      write(field, lines.filter((line, i) => line || i < lines.length - 1 && i > 0).join("\n"));
      if (answer) return;
      field.focus();
      const end = field.value.indexOf(lead) + (field.value.slice(field.value.indexOf(lead)).split("\n")[0].length);
      field.setSelectionRange(end, end);
    });

    // One stop for the Tab key; arrows walk among the answers.
    panel.addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      event.preventDefault();
      const all = buttons();
      const next = all[all.indexOf(document.activeElement) + step];
      if (next) { stop(next); next.focus(); }
    });
    return () => other.disconnect();
  });

  Kit.behaviour("[data-appends]", (box) => {
    const field = box.closest("form").elements[box.dataset.appends];
    box.addEventListener("picked", (event) => {
      const { value, text } = event.detail ?? {};
      if (!value || field.value.split("\n").includes(text)) return;
      write(field, field.value.trim() ? `${field.value.trimEnd()}\n${text}` : text);
    });
  });
})();
