// A sentence into a field by one click: data-insert names the field of the same form, data-text is the sentence.
// {reason} in it becomes what stands in the field named by data-reason, else in the [data-said-reason] beside it.
Kit.behaviour("[data-insert]", (button) => {
  const named = (name) => (name ? button.closest("form")?.elements.namedItem(name) : null);
  const reason = () => {
    const field = named(button.dataset.reason) ?? button.closest("[data-said]")?.querySelector("[data-said-reason]");
    const isChoice = field instanceof HTMLSelectElement && field.value;
    const chosen = isChoice ? field.selectedOptions[0]?.textContent : field?.value;
    return (chosen ?? "").trim();
  };
  const insert = () => {
    const field = named(button.dataset.insert);
    if (!field) return;
    const why = reason();
    const gap = why || "＿＿＿";
    const text = button.dataset.text.replace("{reason}", gap);
    const before = field.value.trimEnd();
    field.value = before ? `${before}\n${text}` : text;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    if (why) return;
    const at = field.value.lastIndexOf(gap);
    field.setSelectionRange(at, at + gap.length);
  };
  button.addEventListener("click", insert);
});
