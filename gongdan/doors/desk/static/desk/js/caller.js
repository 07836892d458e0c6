// The caller: who was chosen fills the form, a chip takes another of his contacts or places, 换客户 lets him go.
Kit.behaviour("[data-caller]", (wrapper) => {
  const form = wrapper.closest("form");
  const hidden = wrapper.querySelector("[name=customer_id]");
  const phone = wrapper.querySelector("[role=combobox]");
  const card = () => document.getElementById("caller");
  const empty = { phone: "", contact_name: "", address: "", division_code: "", division_code_shown: "" };

  const fill = (values) => {
    for (const [name, value] of Object.entries(values)) {
      const field = form.elements[name];
      if (!field) continue;
      field.value = value;
      field.dispatchEvent(new Event("filled", { bubbles: true }));
    }
  };
  const load = () => wrapper.dispatchEvent(new CustomEvent("picked", { bubbles: true }));

  // A draft that came back knows its customer, and which of his devices were ticked; a page that was opened for a
  // customer (back from 客户信息) knows better. The card follows.
  let kept = [];
  const follow = () => {
    const shown = card().dataset.customer ?? "";
    const wanted = given || hidden.value;
    if (shown === wanted && hidden.value === wanted) return;
    if (given && hidden.value && hidden.value !== given) fill(empty);
    kept = JSON.parse(sessionStorage.getItem(`draft:${document.body.dataset.user}:${form.dataset.draft}`))?.values ?? [];
    hidden.value = wanted;
    load();
  };
  const given = card().dataset.customer ?? "";

  const arrived = (event) => {
    if (event.target.id !== "caller") return;
    fill(JSON.parse(event.target.dataset.callerFills ?? "{}"));
    for (const [name, choice, value] of kept) {
      if (name === "devices" && value) event.target.querySelector(`[name=devices][value="${CSS.escape(choice)}"]`)?.click();
      if (name.startsWith("line") && form.elements[name]) form.elements[name].value = value;
    }
    kept = [];
    const symptom = form.elements.symptom;
    if (!hidden.value || document.activeElement !== phone || symptom.value) return;
    symptom.focus({ preventScroll: true }); // the card stays in sight
    symptom.scrollIntoView({ block: "nearest" });
  };

  const pressed = (event) => {
    const chip = event.target.closest("[data-fills]");
    if (chip) fill(JSON.parse(chip.dataset.fills));
    if (!event.target.closest("[data-caller-clear]")) return;
    event.preventDefault();
    hidden.value = "";
    fill(empty);
    load();
    phone.focus();
  };

  // A ticked device says which category it is, where none was chosen.
  const ticked = (event) => {
    if (event.target.name !== "devices" || !event.target.checked || form.elements.category_id.value) return;
    form.elements.category_id.value = event.target.dataset.category;
    form.querySelector("[name=category_id]:checked")?.dispatchEvent(new Event("change", { bubbles: true }));
  };

  setTimeout(follow); // htmx, which was asked before us, begins its work first
  form.addEventListener("restored", follow);
  form.addEventListener("caller", arrived);
  form.addEventListener("click", pressed);
  form.addEventListener("change", ticked);
});

Kit.behaviour("[data-caller-fills]", (card) => { card.dispatchEvent(new CustomEvent("caller", { bubbles: true })); });

// Enter goes to the next field; only Ctrl+Enter saves, so that a quick hand registers nothing half.
Kit.behaviour("#intake", (form) => {
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.target.tagName !== "INPUT" || event.target.type === "submit") return;
    event.preventDefault();
    const fields = [...form.elements].filter((e) => e.tabIndex >= 0 && !e.disabled && e.type !== "hidden" && e.getClientRects().length);
    fields[fields.indexOf(event.target) + 1]?.focus();
  });
});
