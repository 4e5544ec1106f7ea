// Follows the system's light or dark mode. Loaded first, so that the page does not flash.
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function applyTheme() {
    document.documentElement.setAttribute("data-bs-theme", dark.matches ? "dark" : "light");
  }
  dark.addEventListener("change", applyTheme);
  applyTheme();
})();
