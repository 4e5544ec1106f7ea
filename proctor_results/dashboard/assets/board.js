// Keeps the board fresh. Without this script the browser loads the page anew every ten seconds.
(function () {
  "use strict";
  var EVERY = 5000;
  var board = document.getElementById("board");
  var freshness = document.getElementById("freshness");

  function clock(date) {
    return date.toISOString().slice(11, 19) + " UTC";
  }

  function say(text, stale) {
    freshness.textContent = text;
    freshness.classList.toggle("stale", Boolean(stale));
  }

  // Whoever walks through the links with the keyboard stays on the link they are on.
  function put(html) {
    var link = document.activeElement;
    var href = board.contains(link) && link.getAttribute("href");
    board.innerHTML = html;
    if (href) {
      var again = Array.prototype.find.call(board.querySelectorAll("a"), function (each) {
        return each.getAttribute("href") === href;
      });
      (again || document.getElementById("content")).focus({preventScroll: true});
    }
  }

  function refresh() {
    if (document.hidden) {
      return Promise.resolve();
    }
    return fetch(board.dataset.refresh, {headers: {"X-Refresh": "1"}, signal: AbortSignal.timeout(10000)})
      .then(function (answer) {
        if (answer.status === 401) {
          location.reload();  // the page to sign in on, which leads back here
        }
        if (!answer.ok) {
          throw new Error(answer.status);
        }
        return answer.text();
      })
      .then(function (html) {
        put(html);
        say("refreshed " + clock(new Date()));
      })
      .catch(function () {
        board.classList.add("stale");
        say("cannot be refreshed just now; this is an older state", true);
        throw arguments[0];
      });
  }

  function go() {
    refresh().then(function () {
      board.classList.remove("stale");
    }, function () {}).then(function () {
      setTimeout(go, EVERY);
    });
  }

  document.addEventListener("visibilitychange", function () {
    refresh().catch(function () {});
  });
  say("refreshes itself every 5 s");
  setTimeout(go, EVERY);
})();
