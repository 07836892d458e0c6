// Typed text is never lost: a form with data-draft keeps what was typed in this tab until it is saved. An expired
// session, a closed tab that is restored, or a dead network brings it back, with a line to discard it.
(() => {
  "use strict";
  const NEVER = /^(csrfmiddlewaretoken|once_key|seen|then)$/;
  const all = () => Object.keys(sessionStorage).filter((key) => key.startsWith("draft:"));
  const read = (key) => JSON.parse(sessionStorage.getItem(key) ?? "null");
  const write = (key, draft) => { try { sessionStorage.setItem(key, JSON.stringify(draft)); } catch { /* full: nothing to be done */ } };

  // After a submit the next page decides: log-in and error pages keep the text, any other page means that it is saved.
  const isKept = document.body.hasAttribute("data-draft-keep");
  for (const key of all()) {
    const draft = read(key);
    if (!draft?.sent) continue;
    if (isKept || document.querySelector(`form[data-bound][data-draft="${CSS.escape(draft.name)}"]`)) write(key, { ...draft, sent: false });
    else sessionStorage.removeItem(key);
  }

  const fieldsOf = (form) => [...form.elements].filter((e) => e.name && !NEVER.test(e.name) && !/^(password|file|submit|button)$/.test(e.type));

  const typed = (form) => fieldsOf(form).map((e) => [e.name, e.type === "checkbox" || e.type === "radio" ? e.value : "", /checkbox|radio/.test(e.type) ? e.checked : e.value]);

  const restore = (form, values) => {
    for (const [name, choice, value] of values) {
      for (const e of fieldsOf(form)) {
        if (e.name !== name) continue;
        if (/checkbox|radio/.test(e.type)) { if (e.value === choice) e.checked = value; }
        else e.value = value;
      }
    }
    form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  };

  Kit.behaviour("form[data-draft]", (form) => {
    const key = `draft:${document.body.dataset.user}:${form.dataset.draft}`;
    const fresh = JSON.stringify(typed(form));
    const draft = read(key);
    if (draft && !form.hasAttribute("data-bound") && JSON.stringify(draft.values) !== fresh) {
      restore(form, draft.values);
      const line = document.createElement("div");
      line.className = "k-note k-tone-waiting k-draft";
      line.innerHTML = '<span class="k-shape" aria-hidden="true"></span><p></p><button class="k-button k-quiet" type="button"></button>';
      line.querySelector("p").textContent = Kit.words.restored;
      const discard = line.querySelector("button");
      discard.textContent = Kit.words.discard;
      discard.addEventListener("click", () => {
        sessionStorage.removeItem(key);
        restore(form, JSON.parse(fresh));
        line.remove();
      });
      form.prepend(line);
    }

    let timer;
    const keep = (sent = false) => {
      clearTimeout(timer);
      const values = typed(form);
      if (JSON.stringify(values) !== fresh || form.hasAttribute("data-bound")) write(key, { name: form.dataset.draft, values, sent });
      else sessionStorage.removeItem(key);
    };
    const later = () => { clearTimeout(timer); timer = setTimeout(keep, 250); };
    const now = () => keep();
    form.addEventListener("input", later);
    form.addEventListener("picked", later);
    form.addEventListener("submit", () => keep(true));
    form.addEventListener("htmx:after:request", (event) => {
      const status = event.detail.ctx.response?.status ?? 0;
      if (event.target === form && status >= 200 && status < 300) sessionStorage.removeItem(key);
      else if (event.target === form) keep();
    });
    window.addEventListener("pagehide", now);
    return () => { clearTimeout(timer); window.removeEventListener("pagehide", now); };
  });
})();
