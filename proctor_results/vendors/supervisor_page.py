"""The HTML that an exam page needs for Supervisor, with our own script beside the vendor's.

Everything is escaped for where it stands, also what nobody hostile can have written.
"""

import json
from dataclasses import dataclass
from html import escape
from string import Template

from proctor_results.vendors.launch import Page


@dataclass(frozen=True, kw_only=True)
class Embed:
    """What the HTML is made of."""

    url: str
    script_url: str
    provider: str
    token: str
    page: Page
    referrer: str | None


def script_form(embed: Embed) -> str:
    """Init, start, stop and logout by script (guide, 3.3 to 3.5).

    `proctoring` is a promise: the page shows the exam when it is kept, and never when it is broken. `document` hears
    `proctor-results:stopped` when the exam must be closed; when it is handed in, the page calls `endProctoring()`.
    """
    return _SCRIPT_FORM.substitute(
        sdk=_script(src=embed.script_url),
        reconnect=_reconnect(embed.page),
        url=_literal(embed.url),
        provider=_literal(embed.provider),
        token=_literal(embed.token),
    )


def attributes_form(embed: Embed) -> str:
    """The same by attributes, for a page that runs no script of its own (guide, 3.8).

    The guide hands a provider its fields as `data-*`; the field of the provider jwt is `token`.
    """
    attributes = {"data-supervisor": "start", "data-provider": embed.provider, "data-token": embed.token}
    referrer = {"data-referrer": embed.referrer} if embed.referrer else {}
    return f"{_script(src=embed.script_url, **attributes, **referrer)}\n{_reconnect(embed.page)}"


def _reconnect(page: Page) -> str:
    attributes = {
        "integrity": page.integrity,
        "crossorigin": "anonymous",
        "data-heartbeats": page.heartbeats_url,
        "data-metrics": page.metrics_url,
        "data-token": page.token,
        "data-every-ms": str(page.every_ms),
    }
    return _script(src=page.reconnect_url, **attributes)


def _script(**attributes: str) -> str:
    said = " ".join(f'{name}="{escape(value)}"' for name, value in attributes.items())
    return f"<script {said}></script>"


def _literal(text: str) -> str:
    """A JavaScript string that cannot end the script it stands in."""
    return json.dumps(text).replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


_SCRIPT_FORM = Template("""\
$sdk
$reconnect
<script>
  var supervisor;
  var proctoring = Promise.resolve()
    .then(function () {
      supervisor = new Supervisor({url: $url});
      supervisor.on("stop", function () {
        document.dispatchEvent(new CustomEvent("proctor-results:stopped"));
      });
      return supervisor.init({provider: $provider, token: $token});
    })
    .then(function () { return supervisor.start(); });
  function endProctoring() {
    return supervisor.stop().then(function () { return supervisor.logout(); });
  }
</script>""")
