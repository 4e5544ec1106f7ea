/* Proctor Results: tells the service that the exam page is alive, and the page when its exam is locked.
 *
 *   const handle = ProctorResults.start({heartbeats, metrics, token, everyMs, supervisor, onState, onLocked, onUnlocked})
 *   handle.state; handle.send(metricsEvent); handle.stop() // the last two are also called by the supervisor's events
 *
 * Or <script src="…" data-heartbeats data-metrics data-token data-every-ms>, which makes ProctorResults.auto.
 * Either way document hears proctor-results:state, :locked and :unlocked.
 * States: connecting, connected, offline, locked, ended.
 */
(function () {
  "use strict";

  const PATIENCE = 8000, RETRY = 1000; // milliseconds
  const REFUSED = {401: "token refused", 404: "no such session"};
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
    let every = sane(options.everyMs, 10000), pause, timer, flight, begun, state, holds = [];
    let count = 0, failures = 0, asked = 0, heard = 0, hooked = false, stopping = false;

    const handle = {
      get state() { return state; },
      send(event) { calm(() => relay(event)); },
      stop() {
        if (stopping) return;
        stopping = true;
        beat();
      },
    };
    const over = () => state === "ended";

    /** The one chain of heartbeats: a new one overtakes what waits or is in flight. */
    async function beat() {
      if (over()) return;
      clearTimeout(timer);
      if (flight) flight.abort();
      const mine = flight = new AbortController();
      begun = Date.now();
      try {
        const answer = await post(heartbeats, {count: ++count, stop: stopping}, mine);
        if (mine === flight) take(answer);
      } catch (error) {
        if (mine === flight) fail(error);
      }
      if (mine === flight) timer = setTimeout(beat, pause);
    }

    function take(answer) {
      failures = 0;
      pause = every = sane(answer.next_in_ms, every);
      if (stopping || answer.next_in_ms === null) show("ended", stopping ? "stopped" : "over");
    }

    function fail(error) {
      pause = Math.min(every, RETRY * 2 ** failures++) * (1 - Math.random() / 2);
      show(error.last ? "ended" : "offline", error.message);
    }

    async function relay(event) {
      if (over()) return;
      if (Date.now() - begun >= every) beat(); // a hidden tab has slow timers, but not slow events
      if (metrics) await post(metrics, event, new AbortController());
    }

    async function post(url, body, flight) {
      const turn = ++asked;
      const request = {method: "POST", body: text(body), credentials: "omit", signal: flight.signal};
      setTimeout(() => flight.abort(), PATIENCE); // does nothing once the answer is there
      const response = await fetch(url, request);
      const answer = checked(response.status, await response.json());
      hear(answer, turn);
      return answer;
    }

    /** Goes as text/plain: no preflight of CORS is needed, and a beacon can do no other. */
    function text(body) {
      return JSON.stringify(Object.assign({}, body, {token}));
    }

    /** What was asked later knows better, whichever answer comes first. */
    function hear(answer, turn) {
      if (turn < heard || over()) return;
      heard = turn;
      calm(hook);
      const before = String(holds);
      holds = answer.holds;
      show(holds.length ? "locked" : "connected");
      if (String(holds) === before) return;
      if (holds.length) tell("locked", "onLocked", {holds}, holds);
      else tell("unlocked", "onUnlocked", {});
    }

    function show(next, reason) {
      if (state === next) return;
      state = next;
      tell("state", "onState", {state, reason}, state);
    }

    function tell(name, callback, detail, first) {
      calm(() => options[callback] && options[callback](first, detail));
      calm(() => document.dispatchEvent(new CustomEvent("proctor-results:" + name, {detail})));
    }

    /** The supervisor may be made later than this: looked for until it is there. */
    function hook() {
      const supervisor = options.supervisor || window.supervisor;
      if (hooked || !supervisor || !supervisor.on) return;
      hooked = true;
      calm(() => supervisor.on(["metrics"], handle.send));
      calm(() => supervisor.on("stop", handle.stop));
    }

    /** A closed tab is no regular end: the service waits on, until its deadline. */
    function leave() {
      if (!over()) calm(() => navigator.sendBeacon(heartbeats, text({count, stop: stopping})));
    }

    show("connecting");
    calm(hook);
    addEventListener("online", beat);
    addEventListener("pagehide", leave);
    document.addEventListener("visibilitychange", beat);
    beat();
    return handle;
  }

  /** Only the service's own words count, not those of a proxy in between. */
  function checked(status, answer) {
    if (Array.isArray(answer.holds)) return answer;
    const last = answer.status === status && REFUSED[status];
    throw Object.assign(new Error(last || "answered " + status), {last});
  }

  function sane(milliseconds, otherwise) {
    return milliseconds > 0 ? Math.min(Math.max(milliseconds, 100), 3600000) : otherwise;
  }

  /** Nothing that goes wrong here or in a callback reaches the page. */
  async function calm(step) {
    try {
      await step();
    } catch (error) {
      warn(error);
    }
  }

  function warn(error) {
    console.warn("proctor-results:", error);
  }

  const ours = window.ProctorResults = window.ProctorResults || {start};
  const script = document.currentScript;
  if (script && script.dataset.heartbeats) ours.auto = ours.start(script.dataset);
})();
