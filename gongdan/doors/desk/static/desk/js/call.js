// Three answers, one key each: 1 好了, 2 没好, 3 没接. A key presses its button, which saves and opens the next call.
// A key that is held down, or that comes before the page has been read, belongs to the call before: it records nothing,
// and of one that comes too early the page says so. One pressed again while the first is on its way says nothing new.
const SETTLED = 400; // milliseconds

Kit.behaviour("[data-call]", (box) => {
  const began = performance.now();
  let last = -Infinity; // when a key has pressed a button
  const pressed = (event) => {
    if (Kit.isTyping(event) || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.repeat) return;
    if (performance.now() - began < SETTLED) {
      if (/^[1-5]$/.test(event.key)) sayEarly(box);
      return;
    }
    const score = toScore(event.key);
    if (score) {
      event.preventDefault();
      score.checked = true;
      score.dispatchEvent(new Event("change", { bubbles: true }));
      return;
    }
    const answer = { 1: "fixed", 2: "broken", 3: "missed" }[event.key];
    const button = answer && box.querySelector(`[data-answer="${answer}"]`);
    if (!button) return;
    event.preventDefault();
    if (button.disabled || performance.now() - last < SETTLED) return; // a button that waits would not be sent along
    last = performance.now();
    button.form.requestSubmit(button);
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
});

const sayEarly = (box) => {
  const hint = document.querySelector("[data-early]");
  if (!hint) return;
  hint.textContent = hint.dataset.early;
  box.classList.remove("f-pulse");
  void box.offsetWidth; // a second time begins anew
  box.classList.add("f-pulse");
};

// While the survey is open, 1 to 5 score its next item that has none; then the keys answer the call again.
const toScore = (key) => {
  if (!/^[1-5]$/.test(key)) return null;
  const items = [...document.querySelectorAll("details[open] [data-scores] fieldset")];
  const next = items.find((item) => !item.querySelector("input:checked"));
  return next?.querySelector(`input[type=radio][value="${key}"]`) ?? null;
};
