// What was asked and answered, and a known fault that was picked, goes into the text as it would have been typed.
(() => {
  "use strict";
  const write = (field, text) => {
    field.value = text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };

  Kit.behaviour("[data-questions]", (panel) => {
    const field = panel.closest("form").elements[panel.dataset.questions];
    const buttons = () => [...panel.querySelectorAll("[data-question]")].filter((button) => button.getClientRects().length);
    const stop = (one) => panel.querySelectorAll("[data-question], summary").forEach((other) => { other.tabIndex = other === one ? 0 : -1; });
    if (buttons()[0]) stop(buttons()[0]);
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
      const text = lines.filter((line, i) => line || i < lines.length - 1 && i > 0).join("\n");
      write(field, answer && text.endsWith(lead + answer) ? `${text}\n` : text); // what is typed next is the customer's own
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

  // The commonest faults: a click, or the digit while nothing is written yet.
  Kit.behaviour("[data-common]", (box) => {
    const form = box.closest("form");
    const field = form.elements[box.dataset.common];
    const faults = () => [...box.querySelectorAll("[data-common-fault]")];
    const take = (button) => {
      const { value } = field;
      if (!value.split("\n").includes(button.dataset.text)) write(field, value.trim() ? `${value.trimEnd()}\n${button.dataset.text}` : button.dataset.text);
      form.elements.fault_id.value = button.dataset.commonFault;
      const shown = form.elements.fault_id_shown;
      if (shown) shown.value = button.dataset.shown;
      field.focus();
    };
    const clicked = (event) => {
      const button = event.target.closest("[data-common-fault]");
      if (button) take(button);
    };
    const pressed = (event) => {
      if (event.target !== field || field.value || event.isComposing || event.ctrlKey || event.altKey || event.metaKey) return;
      const button = /^[1-9]$/.test(event.key) && faults()[Number(event.key) - 1];
      if (!button) return;
      event.preventDefault();
      take(button);
    };
    box.addEventListener("click", clicked);
    document.addEventListener("keydown", pressed);
    return () => document.removeEventListener("keydown", pressed);
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
