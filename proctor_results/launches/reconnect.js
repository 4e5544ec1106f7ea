/* Sends heartbeats of the exam page to Proctor Results, and reports to the page when it is locked.
 *
 *   const handle = ProctorResults.start(
 *     {heartbeats, metrics, token, intervalMs, vendorClient, onState, onLocked, onUnlocked})
 *   handle.state; handle.send(metricsEvent); handle.stop()
 *
 * vendorClient is the vendor's own object on the page, or the name of a global that will hold it.
 * Its events "metrics" and "stop" call send and stop.
 * <script src="…" data-heartbeats data-metrics data-token data-interval-ms data-vendor-client>
 * does the same, and makes ProctorResults.auto.
 * Either way document receives the events proctor-results:state, :locked and :unlocked.
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
    let intervalMs = clampInterval(options.intervalMs, 10000);
    let nextDelayMs, timer, abortController, lastSentAt, state, holds = [];
    let count = 0, failures = 0, requestCount = 0, lastAppliedRequest = 0;
    let clientAttached = false, stopping = false;

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

    /** There is one chain of heartbeats: a new one replaces one that waits or is in flight. */
    async function sendHeartbeat() {
      if (hasEnded()) return;
      clearTimeout(timer);
      if (abortController) abortController.abort();
      const ownController = abortController = new AbortController();
      lastSentAt = Date.now();
      try {
        const heartbeat = {count: ++count, stop: stopping};
        const responseBody = await postJson(heartbeats, heartbeat, ownController);
        if (ownController === abortController) scheduleNext(responseBody);
      } catch (error) {
        if (ownController === abortController) scheduleRetry(error);
      }
      if (ownController === abortController) timer = setTimeout(sendHeartbeat, nextDelayMs);
    }

    function scheduleNext(responseBody) {
      failures = 0;
      nextDelayMs = intervalMs = clampInterval(responseBody.next_in_ms, intervalMs);
      if (stopping || responseBody.next_in_ms === null) {
        setState("ended", stopping ? "stopped" : "over");
      }
    }

    function scheduleRetry(error) {
      nextDelayMs = Math.min(intervalMs, RETRY_BASE_MS * 2 ** failures++) * (1 - Math.random() / 2);
      setState(error.last ? "ended" : "offline", error.message);
    }

    async function sendMetrics(event) {
      if (hasEnded()) return;
      if (Date.now() - lastSentAt >= intervalMs) sendHeartbeat(); // hidden tabs delay timers
      if (metrics) await postJson(metrics, event, new AbortController());
    }

    async function postJson(url, body, abortController) {
      const requestNumber = ++requestCount;
      const {signal} = abortController;
      const request = {method: "POST", body: text(body), credentials: "omit", signal};
      setTimeout(() => abortController.abort(), REQUEST_TIMEOUT_MS); // no effect once answered
      const response = await fetch(url, request);
      const responseBody = validResponse(response.status, await response.json());
      applyResponse(responseBody, requestNumber);
      return responseBody;
    }

    /** Sent as text/plain: that needs no CORS preflight, and is all that a beacon can send. */
    function text(body) {
      return JSON.stringify(Object.assign({}, body, {token}));
    }

    /** The answer to the newest request counts, in whatever order the answers arrive. */
    function applyResponse(responseBody, requestNumber) {
      if (requestNumber < lastAppliedRequest || hasEnded()) return;
      lastAppliedRequest = requestNumber;
      reportErrors(attachClient);
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
      const event = new CustomEvent("proctor-results:" + name, {detail});
      reportErrors(() => document.dispatchEvent(event));
    }

    /** The page may create the vendor's client later than this: every answer looks for it. */
    function attachClient() {
      const named = options.vendorClient;
      const client = typeof named === "string" ? window[named] : named;
      if (clientAttached || !client || !client.on) return;
      clientAttached = true;
      reportErrors(() => client.on(["metrics"], handle.send));
      reportErrors(() => client.on("stop", handle.stop));
    }

    /** Closing the tab does not end the exam: the deadline of this heartbeat still applies. */
    function onPageHide() {
      if (hasEnded()) return;
      reportErrors(() => navigator.sendBeacon(heartbeats, text({count, stop: stopping})));
    }

    setState("connecting");
    reportErrors(attachClient);
    addEventListener("online", sendHeartbeat);
    addEventListener("pagehide", onPageHide);
    document.addEventListener("visibilitychange", sendHeartbeat);
    sendHeartbeat();
    return handle;
  }

  /** Only answers of the service count, not those of a proxy in between. */
  function validResponse(status, responseBody) {
    if (Array.isArray(responseBody.holds)) return responseBody;
    const last = responseBody.status === status && FATAL_STATUSES[status];
    throw Object.assign(new Error(last || "answered " + status), {last});
  }

  function clampInterval(milliseconds, fallback) {
    return milliseconds > 0 ? Math.min(Math.max(milliseconds, 100), 3600000) : fallback;
  }

  /** No error here or in a callback reaches the page. */
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
