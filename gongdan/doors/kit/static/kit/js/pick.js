// Search as you type: the field asks its URL for rows (kit/_options.html), arrows move, Enter takes, Esc closes.
// A chosen row may fill other fields of the form; then the wrapper fires "picked" with the row's value and text.
// data-pick="keeps": the field has a value of its own (a telephone number) that may be edited after the choice.
Kit.behaviour("[data-pick]", (wrapper) => {
  const hidden = wrapper.querySelector("input[type=hidden]");
  const field = wrapper.querySelector("[role=combobox]");
  const list = wrapper.querySelector("[role=listbox]");
  const clear = wrapper.querySelector("[data-pick-clear]");
  const keeps = wrapper.dataset.pick === "keeps";
  let timer, request, at = -1, isAsking = false, isHurried = false;

  const options = () => [...list.querySelectorAll("[role=option]")];
  const isOpen = () => !list.hidden;
  const isSettled = () => keeps && hidden.value && !wrapper.hasAttribute("data-looks"); // data-looks: he may be another

  const close = () => {
    list.hidden = true;
    at = -1;
    field.setAttribute("aria-expanded", "false");
    field.removeAttribute("aria-activedescendant");
  };

  const mark = (place) => {
    const rows = options();
    if (!rows.length) return;
    at = (place + rows.length) % rows.length;
    rows.forEach((row, i) => row.setAttribute("aria-selected", String(i === at)));
    field.setAttribute("aria-activedescendant", rows[at].id);
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const fill = (fills) => {
    for (const [name, value] of Object.entries(fills)) {
      const other = field.form?.elements[name];
      if (other instanceof RadioNodeList) { other.value = value; continue; }
      if (!other) continue;
      if (other.type === "checkbox") other.checked = Boolean(value);
      else other.value = value ?? "";
      other.dispatchEvent(new Event("input", { bubbles: true }));
    }
  };

  const take = (row) => {
    if (row.dataset.goes) { location.href = row.dataset.goes; return; }
    hidden.value = row.dataset.value;
    if (!keeps) field.value = row.dataset.text;
    if (clear) clear.hidden = false;
    close();
    if (row.dataset.fills) fill(JSON.parse(row.dataset.fills));
    wrapper.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { value: hidden.value, text: row.dataset.text } }));
  };

  const empty = () => {
    const had = hidden.value;
    hidden.value = "";
    if (clear) clear.hidden = true;
    if (had) wrapper.dispatchEvent(new CustomEvent("picked", { bubbles: true, detail: { value: "", text: "" } }));
  };

  const ask = async () => {
    request?.abort();
    request = new AbortController();
    const query = new URLSearchParams({ q: field.value.trim() });
    for (const name of (wrapper.dataset.with ?? "").split(",").filter(Boolean)) {
      query.set(name, field.form?.elements[name]?.value ?? "");
    }
    try {
      const answer = await fetch(`${wrapper.dataset.url}?${query}`, { headers: { "HX-Request": "true" }, signal: request.signal });
      if (answer.status === 401) { location.href = answer.headers.get("HX-Redirect") ?? "/"; return; }
      if (!answer.ok || !wrapper.contains(document.activeElement)) return close();
      list.innerHTML = await answer.text();
      options().forEach((row, i) => { row.id = `${list.id}-${i}`; });
      list.hidden = false;
      field.setAttribute("aria-expanded", "true");
      at = -1;
      if (options().length && field.value.trim()) mark(0);
      const found = options().filter((row) => !row.dataset.goes);
      if (isHurried && found.length === 1) take(found[0]); // Enter was faster than the answer
      isAsking = isHurried = false;
    } catch (error) {
      if (error.name === "AbortError") return;
      isAsking = isHurried = false;
      close();
    }
  };

  const later = () => { clearTimeout(timer); isAsking = true; timer = setTimeout(ask, 150); };

  field.addEventListener("input", () => {
    isHurried = false;
    if (isSettled()) return;
    if (!(keeps && hidden.value)) empty();
    later();
  });
  field.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (isSettled()) return;
      if (!isOpen()) ask();
      else mark(at < 0 && event.key === "ArrowUp" ? -1 : at + (event.key === "ArrowDown" ? 1 : -1));
    } else if (event.key === "Enter" && isOpen() && at >= 0 && !event.ctrlKey) {
      event.preventDefault();
      take(options()[at]);
    } else if (event.key === "Enter" && isAsking && field.value.trim() && !event.ctrlKey) {
      event.preventDefault();
      isHurried = true;
    } else if (event.key === "Enter" && field.value.trim() && !hidden.value && !keeps && !event.ctrlKey) {
      event.preventDefault(); // words that are nobody yet: nothing is sent with them
    } else if (event.key === "Escape" && isOpen()) {
      event.preventDefault();
      event.stopPropagation();
      close();
    } else if (event.key === "Tab" && isOpen()) {
      if (at >= 0 && !hidden.value) take(options()[at]);
      close();
    }
  });
  field.addEventListener("focus", () => { if (!hidden.value && !field.value && wrapper.hasAttribute("data-eager")) ask(); });
  field.addEventListener("blur", () => setTimeout(() => { if (!wrapper.contains(document.activeElement)) close(); }, 120));
  list.addEventListener("mousedown", (event) => {
    event.preventDefault();
    const row = event.target.closest("[role=option]");
    if (row) take(row);
  });
  clear?.addEventListener("click", () => { field.value = ""; empty(); field.focus(); });
  return () => { clearTimeout(timer); request?.abort(); };
});
