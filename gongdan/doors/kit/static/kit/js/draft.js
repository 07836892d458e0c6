// Typed text is never lost: a form with data-draft keeps what was typed in this tab until it is saved. An expired
// session, a closed tab that is restored, or a dead network brings it back, with a line to discard it. Where a part of the
// page is drawn anew, because another form of it was sent, what was typed goes on into the new form by itself.
(() => {
  "use strict";
  const NEVER = /^(csrfmiddlewaretoken|once_key|seen|then)$/;
  const AGE = /^(seen|was)$/; // of a form that is merged with what came since: its text stays as old as it was
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

  const isAge = (form, e) => "was" in form.elements && AGE.test(e.name);
  const fieldsOf = (form) => [...form.elements].filter((e) => e.name && (!NEVER.test(e.name) || isAge(form, e)) && !/^(password|file|submit|button)$/.test(e.type));

  const isChoice = (e) => /checkbox|radio/.test(e.type);

  // [name, choice, value, place]: a table has fields of one name below each other, and each keeps its own text.
  const typed = (form) => {
    const before = {};
    return fieldsOf(form).map((e) => {
      if (isChoice(e)) return [e.name, e.value, e.checked, 0];
      before[e.name] = (before[e.name] ?? -1) + 1;
      return [e.name, "", e.value, before[e.name]];
    });
  };

  const restore = (form, values) => {
    const fields = fieldsOf(form);
    for (const [name, choice, value, place] of values) {
      const named = fields.filter((e) => e.name === name && isChoice(e) === (typeof value === "boolean"));
      if (typeof value === "boolean") named.filter((e) => e.value === choice).forEach((e) => { e.checked = value; });
      else if (named[place ?? 0]) named[place ?? 0].value = value;
    }
    form.dispatchEvent(new CustomEvent("restored", { bubbles: true }));
  };

  const noteWith = (form, key, untouched) => {
    const line = document.createElement("div");
    line.className = "k-note k-tone-waiting k-draft";
    line.innerHTML = '<span class="k-shape" aria-hidden="true"></span><p></p><button class="k-button k-quiet" type="button"></button>';
    line.querySelector("p").textContent = Kit.words.restored;
    const discard = line.querySelector("button");
    discard.textContent = Kit.words.discard;
    discard.addEventListener("click", () => {
      sessionStorage.removeItem(key);
      form.dispatchEvent(new CustomEvent("discarded"));
      restore(form, untouched);
      line.remove();
    });
    return line;
  };

  const carried = new Map(); // from a form that left to the one that takes its place: only what was touched

  const unfold = (form) => { for (let box = form.closest("details"); box; box = box.parentElement.closest("details")) box.open = true; };

  Kit.behaviour("form[data-draft]", (form) => {
    const name = form.dataset.draft;
    const key = `draft:${document.body.dataset.user}:${name}`;
    let isBound = form.hasAttribute("data-bound");
    let saved = typed(form);
    let isSent = false;
    let timer;

    const draft = read(key);
    const touched = carried.get(key);
    carried.delete(key);
    if (touched && !isBound) {
      restore(form, touched);
      document.addEventListener("htmx:after:settle", () => unfold(form), { once: true }); // which folds it like the one before
    } else if (draft && !isBound && JSON.stringify(draft.values) !== JSON.stringify(saved)) {
      restore(form, draft.values);
      form.prepend(noteWith(form, key, saved));
      unfold(form);
      form.kept = draft.values; // for a table that has to grow first, and says so by `grown`
      form.addEventListener("grown", () => restore(form, draft.values));
    }

    const keep = () => {
      clearTimeout(timer);
      const values = typed(form);
      if (isBound || JSON.stringify(values) !== JSON.stringify(saved)) write(key, { name, values, sent: isSent });
      else sessionStorage.removeItem(key);
    };
    const later = () => { isSent = false; clearTimeout(timer); timer = setTimeout(keep, 250); };
    const answered = (event) => {
      if (event.target !== form) return;
      const status = event.detail.ctx.response?.status ?? 0;
      isSent = false;
      if (status >= 200 && status < 300) {
        isBound = false; // what was refused before is saved now
        saved = typed(form);
      }
      keep();
    };
    // The page says that nothing in the form waits to be saved.
    const settled = () => {
      isBound = isSent = false;
      saved = typed(form);
      keep();
      form.querySelector(":scope > .k-draft")?.remove();
    };
    form.addEventListener("input", later);
    form.addEventListener("picked", later);
    form.addEventListener("settled", settled);
    form.addEventListener("submit", () => { isSent = true; keep(); });
    form.addEventListener("htmx:after:request", answered);
    window.addEventListener("pagehide", keep);
    const leave = () => {
      window.removeEventListener("pagehide", keep);
      keep();
      const drawn = new Set(saved.map((one) => JSON.stringify(one)));
      const touched = typed(form).filter((one) => !drawn.has(JSON.stringify(one)));
      if (touched.length && !isBound) carried.set(key, touched);
      setTimeout(() => carried.delete(key)); // nothing took its place
    };
    return leave;
  });
})();
