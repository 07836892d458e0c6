// News: one tab asks every two seconds and tells the others; hidden tabs only listen. A list shows a quiet line with
// the number of new things and changes when the user says so. Answer of the server: 304 for nothing, else
// {"since": "...", "news": [{"topic": "...", "count": 3, "text": "%s 条 ..."}]}; counts add up until the line is pressed.
(() => {
  "use strict";
  const url = document.body.dataset.liveUrl;
  if (!url) return;
  const every = Number(document.body.dataset.liveEvery || 2000);
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(`live:${document.body.dataset.user}`) : null;
  let since = "";
  let etag = "";
  let heard = 0;
  let pause = every;

  const show = (news) => {
    for (const { topic, count, text } of news) {
      for (const line of document.querySelectorAll(`[data-live="${CSS.escape(topic)}"]`)) {
        line.dataset.count = String(Number(line.dataset.count ?? 0) + count);
        line.textContent = text.replace("%s", line.dataset.count);
        line.hidden = false;
      }
      document.dispatchEvent(new CustomEvent(`news:${topic}`, { detail: { count, text } }));
    }
  };

  const take = (answer) => {
    heard = Date.now();
    if (answer.since !== since) show(answer.news);
    [since, etag] = [answer.since, answer.etag];
  };

  channel?.addEventListener("message", (event) => {
    if (event.data.nothing) heard = Date.now();
    else take(event.data);
  });

  const ask = async () => {
    if (document.hidden || Date.now() - heard < every * 0.9) return;
    try {
      const headers = { Accept: "application/json", ...(etag && { "If-None-Match": etag }) };
      const answer = await fetch(`${url}?since=${encodeURIComponent(since)}`, { headers, cache: "no-store", redirect: "error" });
      pause = every;
      heard = Date.now();
      if (answer.status === 200) {
        const news = { ...(await answer.json()), etag: answer.headers.get("ETag") ?? "" };
        channel?.postMessage(news);
        take(news);
      } else if (answer.status === 304 || answer.status === 204) {
        channel?.postMessage({ nothing: true });
      } else {
        pause = 30_000;
      }
    } catch {
      pause = Math.min(pause * 2, 30_000);
    }
  };

  const round = async () => {
    await ask();
    setTimeout(round, pause * (0.95 + Math.random() / 10));
  };
  setTimeout(round, 50 + Math.random() * 200); // soon, for the mark from which news are counted
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
})();

Kit.behaviour("[data-live]", (line) => {
  const clear = (event) => {
    if (event.target !== line) return;
    line.hidden = true;
    delete line.dataset.count;
  };
  const reload = () => { if (!line.matches("[hx-get], [data-hx-get]")) location.reload(); };
  line.addEventListener("htmx:after:request", clear);
  line.addEventListener("click", reload);
});
