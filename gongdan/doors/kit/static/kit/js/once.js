// Each form carries a key of its own, so that a double click or a repeated request is done once. The server gives the
// first; after a success, and when the page comes back from the browser's memory, the form gets another.
Kit.behaviour("input[data-once]", (input) => {
  const fresh = () => {
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is missing on plain http
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    input.value = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
  };
  if (!input.value) fresh();
  const back = (event) => { if (event.persisted) fresh(); };
  const answered = (event) => {
    const status = event.detail.ctx.response?.status ?? 0;
    if (event.target === input.form && status >= 200 && status < 300) fresh();
  };
  const form = input.form;
  form?.addEventListener("htmx:after:request", answered);
  window.addEventListener("pageshow", back);
  return () => {
    window.removeEventListener("pageshow", back);
    form?.removeEventListener("htmx:after:request", answered);
  };
});
