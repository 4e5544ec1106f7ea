/* Stands in for the vendor's SDK, as its guide documents it: init, start, stop, logout, on; and data-supervisor="start". */
(function () {
  "use strict";

  const attributes = document.currentScript.dataset;

  class Supervisor {
    constructor({url}) {
      this.url = url;
      this.handlers = [];
      this.calls = [];
    }

    async init({provider, token}) {
      this.calls.push("init");
      if (provider !== "jwt" || token.split(".").length !== 3) throw new Error("no such session");
    }

    async start() {
      this.calls.push("start");
      this.emit("start");
    }

    async stop() {
      this.calls.push("stop");
      this.emit("stop");
    }

    async logout() {
      this.calls.push("logout");
    }

    on(names, handler) {
      for (const name of [].concat(names)) this.handlers.push({name, handler});
    }

    emit(name, data) {
      for (const entry of this.handlers) if (entry.name === name) entry.handler(data);
    }
  }

  window.Supervisor = Supervisor;
  if (attributes.supervisor === "start") {
    window.supervisor = new Supervisor({url: ""});
    window.supervisor.init(attributes).then(() => window.supervisor.start());
  }
})();
