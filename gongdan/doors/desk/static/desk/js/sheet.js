// A test sheet grows by a row, and may be passed as a whole.
(() => {
  "use strict";
  Kit.behaviour("[data-sheet]", (sheet) => {
    const form = sheet.closest("form");
    const add = () => {
      const rows = sheet.tBodies[0].rows;
      const row = rows[rows.length - 1].cloneNode(true);
      const number = rows.length;
      row.querySelectorAll("input").forEach((input) => {
        if (input.name === "test_row") input.value = number;
        else if (input.type === "radio") { input.name = `test_passed_${number}`; input.checked = input.value === ""; }
        else input.value = "";
      });
      sheet.tBodies[0].append(row);
      row.querySelector("[name=test_name]").focus();
    };
    const passAll = () => sheet.querySelectorAll("tbody tr").forEach((row) => {
      if (row.querySelector("[name=test_name]").value.trim()) row.querySelector("[type=radio][value=yes]").checked = true;
    });
    form.querySelector("[data-sheet-add]").addEventListener("click", add);
    form.querySelector("[data-sheet-pass]").addEventListener("click", passAll);
  });
})();
