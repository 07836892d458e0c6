// Countdown chips go on while the page stands: same words and limits as the server's.
(() => {
  "use strict";
  const words = Kit.words;
  const fill = (template, n) => template.replace("%s", n);

  const gap = (minutes) => {
    const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor(minutes / 60) % 24, minutes % 60];
    if (days) return fill(words.days, days) + (hours ? ` ${fill(words.hours, hours)}` : "");
    if (hours) return fill(words.hours, hours) + (rest ? ` ${fill(words.rest, String(rest).padStart(2, "0"))}` : "");
    return fill(words.minutes, minutes);
  };

  Kit.behaviour("[data-due]", (chip) => {
    const due = Date.parse(chip.dateTime);
    const [soon, urgent] = chip.dataset.due.split(",").map(Number);
    const draw = () => {
      const left = (due - Date.now()) / 60_000;
      const text = fill(left <= 0 ? words.late : words.left, gap(Math.floor(Math.abs(left))));
      const urgency = left <= 0 ? "late" : left <= urgent ? "urgent" : left <= soon ? "soon" : "calm";
      chip.className = `k-due k-due-${urgency}`;
      const spoken = chip.lastElementChild;
      if (spoken.textContent !== text) spoken.textContent = text;
    };
    const timer = setInterval(draw, 15_000);
    return () => clearInterval(timer);
  });
})();
