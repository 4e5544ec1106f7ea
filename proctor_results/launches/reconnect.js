/* Sends the exam page's heartbeats, and reports when the exam is locked: see docs/exam-page.md. */
(function () {
  "use strict";

  const REQUEST_TIMEOUT_MS = 8000, RETRY_BASE_MS = 1000;
  const FATAL_STATUSES = {401: "token refused", 404: "no such session"};
  const handles = new Map();

  /** Starting twice with one token is starting once. */
  function start(options) {
    try {
      const {token} = options;
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
    let timer, newest, lastSentAt, state, holds = [];
    let count = 0, failures = 0, requestCount = 0, lastApplied = 0;
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

    /** A new heartbeat replaces one that waits or is in flight. */
    async function sendHeartbeat() {
      if (hasEnded()) return;
      clearTimeout(timer);
      if (newest) newest.abort();
      const controller = newest = new AbortController();
      lastSentAt = Date.now();
      let schedule = scheduleNext, answer;
      try {
        answer = await postJson(heartbeats, {count: ++count, stop: stopping}, controller);
      } catch (error) {
        [schedule, answer] = [scheduleRetry, error];
      }
      if (controller === newest) schedule(answer);
    }

    function scheduleNext(answer) {
      failures = 0;
      intervalMs = clampInterval(answer.next_in_ms, intervalMs);
      timer = setTimeout(sendHeartbeat, intervalMs);
      if (stopping) setState("ended", "stopped");
      else if (answer.next_in_ms === null) setState("ended", "over");
    }

    function scheduleRetry(error) {
      const delayMs = Math.min(intervalMs, RETRY_BASE_MS * 2 ** failures++);
      timer = setTimeout(sendHeartbeat, delayMs * (1 - Math.random() / 2));
      setState(error.last ? "ended" : "offline", error.message);
    }

    async function sendMetrics(event) {
      if (hasEnded()) return;
      if (Date.now() - lastSentAt >= intervalMs) sendHeartbeat(); // hidden tabs delay timers
      if (metrics) await postJson(metrics, event, new AbortController());
    }

    async function postJson(url, body, controller) {
      const number = ++requestCount, {signal} = controller;
      const request = {method: "POST", body: text(body), credentials: "omit", signal};
      setTimeout(() => controller.abort(), REQUEST_TIMEOUT_MS);
      const response = await fetch(url, request);
      const answer = validAnswer(response.status, await response.json());
      applyAnswer(answer, number);
      return answer;
    }

    /** As text/plain: it needs no CORS preflight, and a beacon sends nothing else. */
    function text(body) {
      return JSON.stringify(Object.assign({}, body, {token}));
    }

    /** Answers may arrive in any order: the one to the newest request counts. */
    function applyAnswer(answer, number) {
      if (number < lastApplied || hasEnded()) return;
      lastApplied = number;
      reportErrors(attachClient);
      const before = String(holds);
      holds = answer.holds;
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

    function notify(name, callback, detail, argument) {
      const event = new CustomEvent("proctor-results:" + name, {detail});
      reportErrors(() => options[callback] && options[callback](argument, detail));
      reportErrors(() => document.dispatchEvent(event));
    }

    /** The page may create the vendor's client later: every answer looks for it. */
    function attachClient() {
      const named = options.vendorClient;
      const client = typeof named === "string" ? window[named] : named;
      if (clientAttached || !client || !client.on) return;
      clientAttached = true;
      reportErrors(() => client.on(["metrics"], handle.send));
      reportErrors(() => client.on("stop", handle.stop));
    }

    /** Closing the tab does not end the exam: the deadline still applies. */
    function sendBeacon() {
      if (hasEnded()) return;
      reportErrors(() => navigator.sendBeacon(heartbeats, text({count, stop: stopping})));
    }

    setState("connecting");
    reportErrors(attachClient);
    addEventListener("online", sendHeartbeat);
    addEventListener("pagehide", sendBeacon);
    document.addEventListener("visibilitychange", sendHeartbeat);
    sendHeartbeat();
    return handle;
  }

  /** Only answers of the service count, not those of a proxy. */
  function validAnswer(status, answer) {
    if (Array.isArray(answer.holds)) return answer;
    const last = answer.status === status && FATAL_STATUSES[status];
    throw Object.assign(new Error(last || "answered " + status), {last});
  }

  function clampInterval(value, fallback) {
    return value > 0 ? Math.min(Math.max(value, 100), 3600000) : fallback;
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
