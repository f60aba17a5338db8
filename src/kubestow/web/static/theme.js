// The theme: the system's until the reader switches it. Loaded before the page is painted.
"use strict";
(() => {
  const root = document.documentElement;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const store = (value) => {
    try {
      if (value) localStorage.setItem("kubestow-theme", value);
      return localStorage.getItem("kubestow-theme");
    } catch { return null; }
  };
  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : dark.matches);
  const tell = () => window.dispatchEvent(new Event("themechange"));
  const before = store();
  if (before === "dark" || before === "light") root.dataset.theme = before;
  dark.addEventListener("change", tell);
  window.kubestowTheme = {
    isDark,
    toggle() {
      root.dataset.theme = isDark() ? "light" : "dark";
      store(root.dataset.theme);
      tell();
    },
  };
})();
