// The message bar: good news leaves by itself, bad news and what can be undone stay until closed.
Kit.behaviour("[data-message]", (message) => {
  const stays = message.dataset.message === "danger" || message.dataset.message === "waiting";
  const patience = message.querySelector("[data-undo]") ? 15_000 : 6_000;
  let timer;
  const leave = () => message.remove();
  const wait = () => { if (!stays) timer = setTimeout(leave, patience); };
  message.querySelector("[data-dismiss]").addEventListener("click", leave);
  message.addEventListener("pointerenter", () => clearTimeout(timer));
  message.addEventListener("focusin", () => clearTimeout(timer));
  message.addEventListener("pointerleave", wait);
  wait();
  return () => clearTimeout(timer);
});

// The network is gone: say so once, keep everything.
document.addEventListener("htmx:error", () => {
  const bar = document.getElementById("messages");
  if (!bar || bar.querySelector("[data-offline]")) return;
  const message = document.createElement("div");
  message.className = "k-message k-tone-danger";
  message.dataset.message = "danger";
  message.dataset.offline = "";
  message.setAttribute("role", "alert");
  message.innerHTML = '<span class="k-shape" aria-hidden="true"></span><p></p><button class="k-icon-button" type="button" data-dismiss>✕</button>';
  message.querySelector("p").textContent = Kit.words.offline;
  message.querySelector("button").setAttribute("aria-label", Kit.words.close);
  bar.append(message);
});
