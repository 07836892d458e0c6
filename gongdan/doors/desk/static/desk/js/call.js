// Three answers, one key each: 1 好了, 2 没好, 3 没接. A key presses its button, which saves and opens the next call.
// A key that is held down, or that comes before the page has been read, belongs to the call before and does nothing.
const SETTLED = 400; // milliseconds

Kit.behaviour("[data-call]", (box) => {
  const began = performance.now();
  const pressed = (event) => {
    if (Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat || event.target.closest?.("[data-scores]") || performance.now() - began < SETTLED) return;
    const answer = { 1: "fixed", 2: "broken", 3: "missed" }[event.key];
    const button = answer && box.querySelector(`[data-answer="${answer}"]`);
    if (!button) return;
    event.preventDefault();
    button.form.requestSubmit(button);
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
});

// The survey: 1 to 5 scores the item in focus and goes on to the next; after the last, the answers are at hand again.
Kit.behaviour("[data-scores]", (box) => {
  const items = [...box.querySelectorAll("fieldset")];
  const first = (item) => item?.querySelector("input[type=radio]");
  const details = box.closest("details");
  const opened = () => details.open && first(items[0])?.focus();
  const pressed = (event) => {
    const item = event.target.closest("fieldset");
    if (!item || Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey) return;
    const radio = item.querySelector(`input[type=radio][value="${CSS.escape(event.key)}"]`);
    if (!radio) return;
    event.preventDefault();
    radio.checked = true;
    radio.dispatchEvent(new Event("change", { bubbles: true }));
    const next = first(items[items.indexOf(item) + 1]);
    if (next) next.focus();
    else document.activeElement.blur();
  };
  details?.addEventListener("toggle", opened);
  box.addEventListener("keydown", pressed);
  return () => {
    details?.removeEventListener("toggle", opened);
    box.removeEventListener("keydown", pressed);
  };
});
