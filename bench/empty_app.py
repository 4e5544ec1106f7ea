"""The empty view as reference: Flask with one view that returns nothing."""

from flask import Flask


class _NullLivenessReporter:
    """Stands in for what gunicorn.conf.py starts in every web process."""

    def start(self) -> None:
        pass


class _EmptyContext:
    liveness_reporter = _NullLivenessReporter()


app = Flask(__name__, static_folder=None)
app.extensions["proctor_results"] = _EmptyContext()


@app.route("/<path:_>", methods=["GET", "POST"])
def empty(_: str) -> str:
    """Return an empty body."""
    return ""
