// The change to give back, or what will still be owed, while the received amount is typed. The server counts again.
Kit.behaviour("[data-change]", (box) => {
  const form = box.closest("form");
  const output = box.querySelector("output");
  const owed = Number(box.dataset.owed || 0);
  const cash = box.dataset.cash.split(",");
  const yuan = (fen) => (fen / 100).toFixed(2).replace(/\B(?=(\d{3})+(?!\d)\.)/g, ",");

  const show = () => {
    const typed = form.elements.tendered.value.replace(/[,¥￥元\s]/g, "");
    const isAmount = /^\d{1,10}(\.\d{1,2})?$/.test(typed);
    const gap = isAmount ? Math.round(Number(typed) * 100) - owed : 0;
    const account = form.elements.account.value;
    const isCash = cash.includes(account);
    const words = gap > 0 ? (isCash ? "changeSaid" : account ? "changeOver" : "") : gap < 0 ? "changeShort" : "";
    output.value = box.dataset.owed && words ? output.dataset[words].replace("{}", yuan(words === "changeOver" ? owed : Math.abs(gap))) : "";
    output.classList.toggle("s-change-back", words === "changeSaid");
  };
  form.addEventListener("input", show);
  show();
  return () => form.removeEventListener("input", show);
});
