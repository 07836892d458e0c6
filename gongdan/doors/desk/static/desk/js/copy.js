// Copies the text of the element that data-copy names, also where the page is not served securely.
Kit.behaviour("[data-copy]", (button) => {
  const clicked = async () => {
    const text = document.querySelector(button.dataset.copy).textContent.trim();
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();
      range.selectNodeContents(document.querySelector(button.dataset.copy));
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      document.execCommand("copy");
    }
    button.setAttribute("aria-pressed", "true");
  };
  button.addEventListener("click", clicked);
  return () => button.removeEventListener("click", clicked);
});
