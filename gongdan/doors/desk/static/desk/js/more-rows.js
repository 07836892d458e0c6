// Lists in a form: the last row is always blank; typing into it makes another.
Kit.behaviour("[data-more-rows]", (list) => {
  const name = list.dataset.moreRows;
  const count = list.querySelector("input[type=hidden][name$=_sent]");
  const rows = () => [...list.querySelectorAll("[data-row]")];

  const another = () => {
    const last = rows().at(-1);
    const place = Number(count.value);
    const next = last.cloneNode(true);
    for (const element of next.querySelectorAll("[name], [id], [for], [aria-controls], [aria-describedby]")) {
      for (const attribute of ["name", "id", "for", "aria-controls", "aria-describedby"]) {
        const value = element.getAttribute(attribute);
        if (value) element.setAttribute(attribute, value.replace(`${name}${place - 1}-`, `${name}${place}-`));
      }
      if (element.matches("input")) element.value = "";
    }
    next.querySelectorAll(".k-error, .k-options > *").forEach((element) => element.remove());
    next.querySelectorAll(".k-wrong").forEach((element) => element.classList.remove("k-wrong"));
    last.after(next);
    count.value = place + 1;
  };

  list.addEventListener("input", (event) => {
    const row = event.target.closest("[data-row]");
    if (row === rows().at(-1) && event.target.value) another();
  });
});
