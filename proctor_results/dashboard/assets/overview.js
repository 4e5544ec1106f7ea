// Refreshes the overview. Without this script the browser reloads the page every ten seconds.
(function () {
  "use strict";
  var REFRESH_INTERVAL_MS = 5000;
  var overview = document.getElementById("overview");
  var freshness = document.getElementById("freshness");

  function formatTime(date) {
    return date.toISOString().slice(11, 19) + " UTC";
  }

  function setStatus(text, stale) {
    freshness.textContent = text;
    freshness.classList.toggle("stale", Boolean(stale));
  }

  // An operator who uses the keyboard keeps the focus on the same link.
  function replaceContent(html) {
    var link = document.activeElement;
    var href = overview.contains(link) && link.getAttribute("href");
    overview.innerHTML = html;
    if (href) {
      var sameLink = Array.prototype.find.call(overview.querySelectorAll("a"), function (candidate) {
        return candidate.getAttribute("href") === href;
      });
      (sameLink || document.getElementById("content")).focus({preventScroll: true});
    }
  }

  function refresh() {
    if (document.hidden) {
      return Promise.resolve();
    }
    return fetch(overview.dataset.refresh, {headers: {"X-Refresh": "1"}, signal: AbortSignal.timeout(10000)})
      .then(function (response) {
        if (response.status === 401) {
          location.reload();  // shows the sign-in page, which leads back here
        }
        if (!response.ok) {
          throw new Error(response.status);
        }
        return response.text();
      })
      .then(function (html) {
        replaceContent(html);
        setStatus("refreshed " + formatTime(new Date()));
      })
      .catch(function () {
        overview.classList.add("stale");
        setStatus("cannot be refreshed just now; the page shows an older state", true);
        throw arguments[0];
      });
  }

  function refreshRepeatedly() {
    refresh().then(function () {
      overview.classList.remove("stale");
    }, function () {}).then(function () {
      setTimeout(refreshRepeatedly, REFRESH_INTERVAL_MS);
    });
  }

  document.addEventListener("visibilitychange", function () {
    refresh().catch(function () {});
  });
  setStatus("refreshes itself every 5 s");
  setTimeout(refreshRepeatedly, REFRESH_INTERVAL_MS);
})();
