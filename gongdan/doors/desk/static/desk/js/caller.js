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
  const draft = () => `draft:${document.body.dataset.user}:${form.dataset.draft}`;
  let isLeft = false; // the caller of an earlier visit to this page, with nothing to register yet
  const follow = () => {
    const shown = card().dataset.customer ?? "";
    const wanted = given || hidden.value;
    if (shown === wanted && hidden.value === wanted) return;
    if (given && hidden.value && hidden.value !== given) fill(empty);
    kept = JSON.parse(sessionStorage.getItem(draft()))?.values ?? [];
    hidden.value = wanted;
    load();
  };
  const given = card().dataset.customer ?? "";

  const arrived = (event) => {
    if (event.target.id !== "caller") return;
    fill(JSON.parse(event.target.dataset.callerFills ?? "{}"));
    doubt();
    for (const [name, choice, value] of kept) {
      if (name === "devices" && value) event.target.querySelector(`[name=devices][value="${CSS.escape(choice)}"]`)?.click();
      if (name.startsWith("line") && form.elements[name]) form.elements[name].value = value;
    }
    kept = [];
    const symptom = form.elements.symptom;
    if (!hidden.value || document.activeElement !== phone || symptom.value) return;
    if (isLeft) { phone.select(); return; } // what is typed now is the next caller's number
    const first = event.target.querySelector("[data-first-key]"); // an open order: he may only be asking
    if (first) { first.focus({ preventScroll: true }); return; }
    symptom.focus({ preventScroll: true }); // the card stays in sight
    symptom.scrollIntoView({ block: "nearest" });
  };

  const pressed = (event) => {
    const chip = event.target.closest("[data-fills]");
    if (chip) fill(JSON.parse(chip.dataset.fills));
    if (event.target.closest("[data-another-matter]")) form.elements.symptom.focus();
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

  // His call on an open order was counted, or nothing but a caller came back: the next number typed is the next caller's.
  const next = (event) => {
    if (event.target !== phone || !hidden.value || form.elements.symptom.value) return;
    if (!isLeft && !card().querySelector("[data-counted]")) return;
    isLeft = false;
    const { phone: typed, ...others } = empty;
    hidden.value = "";
    fill(others);
    load();
  };

  // A number that is neither his nor his family's: the matches are offered again, and the card says so.
  const doubt = () => {
    const digits = phone.value.replace(/\D/g, "").replace(/^86(?=1\d{10}$)/, "");
    const known = JSON.parse(card().dataset.numbers ?? "null");
    const isOther = Boolean(hidden.value && known && digits.length >= 4 && !known.some((one) => one.includes(digits)
      || (one.length > 6 && digits.startsWith(one))));
    wrapper.toggleAttribute("data-looks", isOther);
    const line = card().querySelector("[data-not-his]");
    if (line) { line.hidden = !isOther; if (!isOther) line.querySelector("input").checked = false; }
  };
  const typed = (event) => { if (event.target === phone) doubt(); };

  // Another customer was taken: name and place of the one before go, before the card is asked for.
  const changes = (event) => {
    const shown = card().dataset.customer;
    wrapper.removeAttribute("data-looks");
    if (event.target !== wrapper || !event.detail?.value || !shown || shown === event.detail.value) return;
    const { phone: number, ...others } = empty;
    fill(others);
  };
  const marked = (event) => {
    if (event.target.closest("[data-other-customer]")) {
      const { phone: number, ...others } = empty;
      hidden.value = "";
      fill(others);
      load();
      phone.focus();
      phone.dispatchEvent(new Event("input", { bubbles: true }));
    }
    if (!event.target.closest("[data-mark-virtual]")) return;
    form.elements.phone_is_virtual.checked = true;
    form.elements.phone_is_virtual.dispatchEvent(new Event("change", { bubbles: true }));
    form.elements.phone_is_virtual.closest("details")?.setAttribute("open", "");
  };
  form.addEventListener("picked", changes, true);
  // What hangs on a field that came back: questions of the category, priority, what the code calls for.
  const refresh = () => {
    for (const name of ["category_id", "urgency", "error_code"]) {
      const field = form.elements[name];
      const box = field instanceof RadioNodeList ? [...field].find((one) => one.checked) : field;
      if (box?.value) box.dispatchEvent(new Event("change", { bubbles: true }));
    }
  };
  const restored = () => {
    follow();
    refresh();
    isLeft = !form.elements.symptom.value;
    if (document.activeElement === phone) phone.select();
  };
  const picked = () => { isLeft = false; };
  // Only a caller is in the form and his call is noted: nothing of it waits to be saved.
  const counted = () => {
    if (!form.elements.symptom.value && !form.querySelector("[name=devices]:checked")) form.dispatchEvent(new Event("settled"));
    phone.focus();
    phone.select();
  };
  form.addEventListener("click", marked);
  form.addEventListener("counted", counted);
  form.addEventListener("picked", picked);
  form.addEventListener("input", typed, true);
  form.addEventListener("filled", typed, true);
  form.addEventListener("input", next, true); // before the field itself searches
  // htmx, which was asked before us, begins its work first; a draft was put back before we could hear of it.
  setTimeout(() => (form.querySelector(":scope > .k-draft") ? restored() : follow()));
  form.addEventListener("restored", restored);
  form.addEventListener("caller", arrived);
  const back = (event) => { if (event.persisted && !sessionStorage.getItem(draft())) location.reload(); }; // saved: nothing comes back
  window.addEventListener("pageshow", back);
  form.addEventListener("click", pressed);
  form.addEventListener("change", ticked);
  return () => window.removeEventListener("pageshow", back);
});

Kit.behaviour("[data-caller-fills]", (card) => { card.dispatchEvent(new CustomEvent("caller", { bubbles: true })); });

Kit.behaviour("[data-counted]", (said) => { said.dispatchEvent(new CustomEvent("counted", { bubbles: true })); });

// From the refusal of a second order to the open one: 催单 there.
Kit.behaviour("[data-chase-of]", (link) => {
  link.addEventListener("click", (event) => {
    const box = document.querySelector(`${link.getAttribute("href")} [data-chase]`);
    if (!box) return;
    event.preventDefault();
    box.open = true;
    box.scrollIntoView({ block: "center" });
  });
});

// 催单: the answer stands there already; Enter counts the call, and the next caller may come.
Kit.behaviour("[data-chase]", (box) => {
  const answer = box.querySelector("[data-chase-answer]");
  const opened = () => {
    if (!box.open) return;
    box.querySelector("[data-chase-caller]").value = document.getElementById("id_phone")?.value ?? "";
    answer.focus();
    answer.select();
  };
  const send = () => box.querySelector("[data-chase-send]").click();
  const pressed = (event) => {
    if (event.key === "Escape") { box.open = false; box.querySelector("summary").focus(); event.stopPropagation(); return; }
    if (event.key !== "Enter" || event.isComposing || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    event.stopPropagation(); // Ctrl+Enter here is this call, not a new order
    send();
  };
  const chosen = (event) => {
    const choice = event.target.closest("[data-chase-choice]");
    if (choice) { answer.value = choice.dataset.chaseChoice; answer.focus(); }
  };
  opened(); // it comes back open when it was refused
  box.addEventListener("toggle", opened);
  box.addEventListener("keydown", pressed);
  box.addEventListener("click", chosen);
});

// Orders like this one are looked for while number, place, device and category are typed.
Kit.behaviour("[data-similar]", (box) => {
  const form = box.closest("form");
  const names = ["customer_id", "phone", "address", "division_code", "category_id", "phone_is_virtual"];
  let timer, last = "";
  const key = () => JSON.stringify([...names.map((name) => {
    const field = form.elements[name];
    return field?.type === "checkbox" ? field.checked : field?.value ?? "";
  }), ...[...form.querySelectorAll("[name=devices]:checked")].map((one) => one.value)]);
  const look = () => {
    const now = key();
    if (now === last) return;
    last = now;
    box.dispatchEvent(new CustomEvent("look"));
  };
  const changed = (event) => {
    if (event.target.name !== "devices" && !names.includes(event.target.name) && event.target.id !== "caller") return;
    clearTimeout(timer);
    timer = setTimeout(look, 400);
  };
  last = key();
  for (const kind of ["input", "change", "filled", "caller"]) form.addEventListener(kind, changed);
  return () => {
    clearTimeout(timer);
    for (const kind of ["input", "change", "filled", "caller"]) form.removeEventListener(kind, changed);
  };
});

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
