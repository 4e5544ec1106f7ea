/* Proctor Results: tells the service that the exam page is alive, and the page when its exam is locked.
 *
 *   const handle = ProctorResults.start({heartbeats, metrics, token, intervalMs, supervisor, onState, onLocked, onUnlocked})
 *   handle.state; handle.send(metricsEvent); handle.stop() // the last two are also called by the supervisor's events
 *
 * Or <script src="…" data-heartbeats data-metrics data-token data-interval-ms>, which makes ProctorResults.auto.
 * Either way document hears proctor-results:state, :locked and :unlocked.
 * States: connecting, connected, offline, locked, ended.
 */
(function () {
  "use strict";

  const REQUEST_TIMEOUT_MS = 8000, RETRY_BASE_MS = 1000; // milliseconds
  const FATAL_STATUSES = {401: "token refused", 404: "no such session"};
  const handles = new Map();

  /** Starting twice with the same token is starting once. */
  function start(options) {
    try {
      const token = options.token;
      if (!handles.has(token)) handles.set(token, run(options, token));
      return handles.get(token);
    } catch (error) {
      warn(error);
      return {state: "ended", send() {}, stop() {}};
    }
  }

  function run(options, token) {
    const {heartbeats, metrics} = options;
    if (!heartbeats || !token) throw new TypeError("heartbeats and token are needed");
    let intervalMs = clampInterval(options.intervalMs, 10000), nextDelayMs, timer, abortController, lastSentAt, state, holds = [];
    let count = 0, failures = 0, requestCount = 0, lastAppliedRequest = 0, supervisorAttached = false, stopping = false;

    const handle = {
      get state() { return state; },
      send(event) { reportErrors(() => sendMetrics(event)); },
      stop() {
        if (stopping) return;
        stopping = true;
        sendHeartbeat();
      },
    };
    const hasEnded = () => state === "ended";

    /** The one chain of heartbeats: a new one overtakes what waits or is in abortController. */
    async function sendHeartbeat() {
      if (hasEnded()) return;
      clearTimeout(timer);
      if (abortController) abortController.abort();
      const ownController = abortController = new AbortController();
      lastSentAt = Date.now();
      try {
        const responseBody = await postJson(heartbeats, {count: ++count, stop: stopping}, ownController);
        if (ownController === abortController) scheduleNext(responseBody);
      } catch (error) {
        if (ownController === abortController) scheduleRetry(error);
      }
      if (ownController === abortController) timer = setTimeout(sendHeartbeat, nextDelayMs);
    }

    function scheduleNext(responseBody) {
      failures = 0;
      nextDelayMs = intervalMs = clampInterval(responseBody.next_in_ms, intervalMs);
      if (stopping || responseBody.next_in_ms === null) setState("ended", stopping ? "stopped" : "over");
    }

    function scheduleRetry(error) {
      nextDelayMs = Math.min(intervalMs, RETRY_BASE_MS * 2 ** failures++) * (1 - Math.random() / 2);
      setState(error.last ? "ended" : "offline", error.message);
    }

    async function sendMetrics(event) {
      if (hasEnded()) return;
      if (Date.now() - lastSentAt >= intervalMs) sendHeartbeat(); // a hidden tab has slow timers, but not slow events
      if (metrics) await postJson(metrics, event, new AbortController());
    }

    async function postJson(url, body, abortController) {
      const requestNumber = ++requestCount;
      const request = {method: "POST", body: text(body), credentials: "omit", signal: abortController.signal};
      setTimeout(() => abortController.abort(), REQUEST_TIMEOUT_MS); // does nothing once the responseBody is there
      const response = await fetch(url, request);
      const responseBody = validResponse(response.status, await response.json());
      applyResponse(responseBody, requestNumber);
      return responseBody;
    }

    /** Goes as text/plain: no preflight of CORS is needed, and a beacon can do no other. */
    function text(body) {
      return JSON.stringify(Object.assign({}, body, {token}));
    }

    /** What was requestCount later knows better, whichever responseBody comes callbackArgument. */
    function applyResponse(responseBody, requestNumber) {
      if (requestNumber < lastAppliedRequest || hasEnded()) return;
      lastAppliedRequest = requestNumber;
      reportErrors(attachSupervisor);
      const before = String(holds);
      holds = responseBody.holds;
      setState(holds.length ? "locked" : "connected");
      if (String(holds) === before) return;
      if (holds.length) notify("locked", "onLocked", {holds}, holds);
      else notify("unlocked", "onUnlocked", {});
    }

    function setState(next, reason) {
      if (state === next) return;
      state = next;
      notify("state", "onState", {state, reason}, state);
    }

    function notify(name, callback, detail, callbackArgument) {
      reportErrors(() => options[callback] && options[callback](callbackArgument, detail));
      reportErrors(() => document.dispatchEvent(new CustomEvent("proctor-results:" + name, {detail})));
    }

    /** The supervisor may be made later than this: looked for until it is there. */
    function attachSupervisor() {
      const supervisor = options.supervisor || window.supervisor;
      if (supervisorAttached || !supervisor || !supervisor.on) return;
      supervisorAttached = true;
      reportErrors(() => supervisor.on(["metrics"], handle.send));
      reportErrors(() => supervisor.on("stop", handle.stop));
    }

    /** A closed tab is no regular end: the service waits on, until its deadline. */
    function onPageHide() {
      if (!hasEnded()) reportErrors(() => navigator.sendBeacon(heartbeats, text({count, stop: stopping})));
    }

    setState("connecting");
    reportErrors(attachSupervisor);
    addEventListener("online", sendHeartbeat);
    addEventListener("pagehide", onPageHide);
    document.addEventListener("visibilitychange", sendHeartbeat);
    sendHeartbeat();
    return handle;
  }

  /** Only the service's own words count, not those of a proxy in between. */
  function validResponse(status, responseBody) {
    if (Array.isArray(responseBody.holds)) return responseBody;
    const last = responseBody.status === status && FATAL_STATUSES[status];
    throw Object.assign(new Error(last || "answered " + status), {last});
  }

  function clampInterval(milliseconds, fallback) {
    return milliseconds > 0 ? Math.min(Math.max(milliseconds, 100), 3600000) : fallback;
  }

  /** Nothing that goes wrong here or in a callback reaches the page. */
  async function reportErrors(callback) {
    try {
      await callback();
    } catch (error) {
      warn(error);
    }
  }

  function warn(error) {
    console.warn("proctor-results:", error);
  }

  const namespace = window.ProctorResults = window.ProctorResults || {start};
  const script = document.currentScript;
  if (script && script.dataset.heartbeats) namespace.auto = namespace.start(script.dataset);
})();
