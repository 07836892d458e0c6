// A test sheet grows by a row, and may be passed as a whole. A draft that came back has its rows.
(() => {
  "use strict";
  Kit.behaviour("[data-sheet]", (sheet) => {
    const form = sheet.closest("form");
    const rows = sheet.tBodies[0].rows;
    const add = () => {
      const row = rows[rows.length - 1].cloneNode(true);
      const number = rows.length;
      row.querySelectorAll("input").forEach((input) => {
        if (input.name === "test_row") input.value = number;
        else if (input.type === "radio") { input.name = `test_passed_${number}`; input.checked = input.value === ""; }
        else input.value = "";
      });
      sheet.tBodies[0].append(row);
      return row;
    };
    const passAll = () => sheet.querySelectorAll("tbody tr").forEach((row) => {
      if (row.querySelector("[name=test_name]").value.trim()) row.querySelector("[type=radio][value=yes]").checked = true;
    });
    const drawn = rows.length;
    const wanted = (form.kept ?? []).filter(([name]) => name === "test_row").length;
    while (rows.length < wanted) add();
    if (rows.length > drawn) form.dispatchEvent(new CustomEvent("grown"));
    form.addEventListener("discarded", () => { while (rows.length > drawn) rows[rows.length - 1].remove(); });
    form.querySelector("[data-sheet-add]").addEventListener("click", () => add().querySelector("[name=test_name]").focus());
    form.querySelector("[data-sheet-pass]").addEventListener("click", passAll);
  });
})();
