"""The HTML that an exam page needs for Supervisor, with our own script beside the vendor's.

All values are escaped for their context, also those that only we set.
"""

import json
from dataclasses import dataclass
from html import escape
from string import Template

from proctor_results.vendors.launch import ExamPageConfig


@dataclass(frozen=True, kw_only=True)
class EmbedConfig:
    """The values that the HTML is made of."""

    url: str
    script_url: str
    provider: str
    token: str
    exam_page: ExamPageConfig
    referrer: str | None


def script_snippet(config: EmbedConfig) -> str:
    """Return a script that inits, starts, stops and logs out (guide, 3.3 to 3.5).

    The page shows the exam when the promise `proctoring` is fulfilled, never when it is rejected.
    `document` gets the event `proctor-results:stopped` when the exam must be closed; when it is
    submitted, the page calls `endProctoring()`.
    """
    return _SCRIPT_SNIPPET.substitute(
        sdk=_script_tag(src=config.script_url),
        reconnect=_reconnect_script_tag(config.exam_page),
        url=_javascript_string(config.url),
        provider=_javascript_string(config.provider),
        token=_javascript_string(config.token),
    )


def attribute_snippet(config: EmbedConfig) -> str:
    """Return the attributes for a page that runs no script of its own (guide, 3.8).

    The guide passes the fields of a provider as `data-*`; the field of the provider jwt is `token`.
    """
    attributes = {
        "data-supervisor": "start",
        "data-provider": config.provider,
        "data-token": config.token,
    }
    referrer = {"data-referrer": config.referrer} if config.referrer else {}
    sdk = _script_tag(src=config.script_url, **attributes, **referrer)
    return f"{sdk}\n{_reconnect_script_tag(config.exam_page)}"


def _reconnect_script_tag(exam_page: ExamPageConfig) -> str:
    attributes = {
        "integrity": exam_page.integrity,
        "crossorigin": "anonymous",
        "data-heartbeats": exam_page.heartbeats_url,
        "data-metrics": exam_page.metrics_url,
        "data-token": exam_page.token,
        "data-interval-ms": str(exam_page.heartbeat_interval_ms),
        "data-vendor-client": "supervisor",
    }
    return _script_tag(src=exam_page.reconnect_url, **attributes)


def _script_tag(**attributes: str) -> str:
    rendered_attributes = " ".join(
        f'{name}="{escape(value)}"' for name, value in attributes.items()
    )
    return f"<script {rendered_attributes}></script>"


def _javascript_string(text: str) -> str:
    """Return a JavaScript string that cannot end the script around it."""
    return json.dumps(text).replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")


_SCRIPT_SNIPPET = Template("""\
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
