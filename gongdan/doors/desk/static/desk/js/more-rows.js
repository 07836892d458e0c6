// Lists in a form: the last row is always blank; typing into it makes another. A draft that came back has its rows.
Kit.behaviour("[data-more-rows]", (list) => {
  const name = list.dataset.moreRows;
  const form = list.closest("form");
  const count = list.querySelector("input[type=hidden][name$=_sent]");
  const rows = () => [...list.querySelectorAll("[data-row]")];

  const another = () => {
    const last = rows().at(-1);
    const place = rows().length;
    const next = last.cloneNode(true);
    for (const element of next.querySelectorAll("[name], [id], [for], [aria-controls], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-controls", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(`${name}${place - 1}-`, `${name}${place}-`));
      }
      if (element.matches("[type=checkbox], [type=radio]")) element.checked = false;
      else if (element.matches("input")) element.value = "";
    }
    next.querySelectorAll(".k-error, .k-options > *").forEach((element) => element.remove());
    next.querySelectorAll(".k-wrong").forEach((element) => element.classList.remove("k-wrong"));
    last.after(next);
    count.value = place + 1;
  };

  const wanted = Number(count.value);
  const drawn = rows().length;
  if (wanted > drawn) {
    const key = `draft:${document.body.dataset.user}:${form.dataset.draft}`;
    const kept = JSON.parse(sessionStorage.getItem(key) ?? "null")?.values ?? [];
    while (rows().length < Math.min(wanted, 40)) another();
    for (const [field, , value] of kept) {
      const element = form.elements[field];
      if (!field.startsWith(name) || Number(field.slice(name.length).split("-")[0]) < drawn || !element) continue;
      if (element.type === "checkbox") element.checked = value;
      else element.value = value;
    }
  }

  list.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    count.value = rows().length;
    if (row === rows().at(-1) && event.target.value) another();
  });
});
