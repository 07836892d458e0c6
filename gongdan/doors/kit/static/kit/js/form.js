// Forms: the first error has the focus; a form is sent once; the way back works.
Kit.behaviour("[aria-invalid=true], [data-first-error]", (element) => {
  const scope = element.closest("form") ?? document;
  if (scope.querySelector("[aria-invalid=true], [data-first-error]") !== element) return;
  element.focus();
  element.scrollIntoView({ block: "center" }); // clear of the bars that stand over the phone's page; it may have had the focus before
});

// What is filled in now is no longer complained about; the server says the rest when it is sent again.
Kit.behaviour("[aria-invalid=true]", (control) => {
  const mended = () => {
    if (!control.value) return;
    const said = document.getElementById(control.getAttribute("aria-describedby") ?? "");
    if (said?.classList.contains("k-error")) said.remove();
    control.closest(".k-field")?.classList.remove("k-wrong");
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  };
  control.addEventListener("input", mended);
  control.addEventListener("filled", mended);
});

Kit.behaviour("form", (form) => {
  const set = (disabled) => [...form.elements].filter((e) => e.type === "submit").forEach((button) => { button.disabled = disabled; });
  const wake = () => set(false);
  const sent = (event) => {
    if (form.method !== "post" || form.target) return;
    setTimeout(() => { // after the pressed button is sent along, and after htmx has taken the form for itself
      if (event.defaultPrevented) return;
      set(true);
      setTimeout(wake, 15_000);
    });
  };
  form.addEventListener("submit", sent);
  form.addEventListener("htmx:before:request", (event) => { if (event.target === form && form.method === "post") set(true); });
  form.addEventListener("htmx:finally:request", (event) => { if (event.target === form) wake(); });
  window.addEventListener("pageshow", wake);
  return () => window.removeEventListener("pageshow", wake);
});

Kit.behaviour("[data-back]", (button) => {
  if (history.length < 2) return;
  button.hidden = false;
  button.addEventListener("click", () => history.back());
});

// Addresses of lists carry only the filters that are filled in.
document.addEventListener("htmx:config:request", (event) => {
  const { sourceElement, request } = event.detail.ctx;
  if (!sourceElement.matches?.(".k-filters")) return;
  for (const [name, value] of [...request.body.entries()]) if (value === "") request.body.delete(name);
});
