// A signature: strokes as JSON in the hidden field; the server makes the picture. The library comes when it is needed.
(() => {
  "use strict";
  let library;
  const load = (src) => (library ??= new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = src;
    script.onload = () => done(window.SignaturePad);
    script.onerror = fail;
    document.head.append(script);
  }));

  Kit.behaviour("[data-signature]", (box) => {
    const hidden = box.querySelector("input[type=hidden]");
    const canvas = box.querySelector("canvas");
    let pad, sizes;

    const write = () => {
      hidden.value = pad.isEmpty() ? "" : JSON.stringify({
        width: canvas.clientWidth,
        height: canvas.clientHeight,
        lines: pad.toData().map((line) => line.points.map((point) => [Math.round(point.x * 10) / 10, Math.round(point.y * 10) / 10])),
      });
      hidden.dispatchEvent(new Event("input", { bubbles: true }));
    };

    const fit = () => {
      const kept = pad.toData();
      const ratio = Math.max(window.devicePixelRatio || 1, 1);
      canvas.width = canvas.clientWidth * ratio;
      canvas.height = canvas.clientHeight * ratio;
      canvas.getContext("2d").scale(ratio, ratio);
      pad.fromData(kept);
    };

    const redraw = () => {
      if (!hidden.value) { pad.clear(); return; }
      try {
        const { lines } = JSON.parse(hidden.value);
        pad.fromData(lines.map((line) => ({ points: line.map(([x, y]) => ({ x, y, pressure: 0.5, time: 0 })), ...pad.penOptions })));
      } catch { hidden.value = ""; }
    };

    load(box.dataset.src).then((SignaturePad) => {
      pad = new SignaturePad(canvas, { penColor: "#10131a", minWidth: 0.8, maxWidth: 2.4 });
      fit();
      redraw();
      pad.addEventListener("endStroke", write);
      sizes = new ResizeObserver(() => { if (canvas.clientWidth) fit(); });
      sizes.observe(canvas);
      box.dataset.ready = "";
    });
    box.querySelector("[data-signature-clear]").addEventListener("click", () => { pad?.clear(); write(); });
    box.closest("form")?.addEventListener("restored", () => pad && redraw());
    return () => { sizes?.disconnect(); pad?.off(); };
  });
})();
