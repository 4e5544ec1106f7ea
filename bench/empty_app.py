"""The empty view that ours are measured against: Flask, and nothing in it."""

from flask import Flask


class _NullLivenessReporter:
    """What gunicorn.conf.py opens in every web process."""

    def start(self) -> None:
        pass


class _EmptyContext:
    liveness_reporter = _NullLivenessReporter()


app = Flask(__name__, static_folder=None)
app.extensions["proctor_results"] = _EmptyContext()


@app.route("/<path:_>", methods=["GET", "POST"])
def empty(_: str) -> str:
    """Nothing."""
    return ""
