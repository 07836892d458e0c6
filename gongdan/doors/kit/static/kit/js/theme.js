// Light or dark by one press; kept in a cookie, so that the server draws the next page right from the start.
Kit.behaviour("[data-theme-toggle]", (button) => {
  const press = () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme
      ? root.dataset.theme === "dark"
      : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
  };
  button.addEventListener("click", press);
});
