// Three answers, one key each: 1 好了, 2 没好, 3 没接. They fill the form as if each field had been clicked; Ctrl+Enter saves.
Kit.behaviour("[data-call]", (box) => {
  const form = box.closest("form");
  const words = JSON.parse(box.querySelector("[data-call-words]").dataset.callWords);
  const check = (selector) => {
    const input = form.querySelector(selector);
    if (!input) return;
    input.checked = true;
    input.dispatchEvent(new Event("input", { bubbles: true }));
    input.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const say = (text) => {
    const content = form.elements.content;
    if (!content.value.trim() || Object.values(words).includes(content.value)) content.value = text;
    content.focus();
    content.select();
  };

  const answers = {
    fixed: () => { check("[name=reached][value=yes]"); check("[name=is_fixed][value=yes]"); check("[data-effect=close]"); say(words.fixed); },
    broken: () => { check("[name=reached][value=yes]"); check("[name=is_fixed][value=no]"); check("[data-effect=reopen]"); say(words.broken); },
    missed: () => {
      check("[name=reached][value=no]");
      check("[name=next_quick]");
      form.querySelector("[name=next_quick]:checked")?.focus();
    },
  };

  const clicked = (event) => answers[event.target.closest("[data-answer]")?.dataset.answer]?.();
  const pressed = (event) => {
    if (Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const answer = { 1: "fixed", 2: "broken", 3: "missed" }[event.key];
    if (!answer) return;
    event.preventDefault();
    answers[answer]();
  };
  box.addEventListener("click", clicked);
  document.addEventListener("keydown", pressed);
  return () => {
    box.removeEventListener("click", clicked);
    document.removeEventListener("keydown", pressed);
  };
});
