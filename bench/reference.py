"""The empty view that ours are measured against: Flask, and nothing in it."""

from flask import Flask


class _Ear:
    """What gunicorn.conf.py opens in every web process."""

    def open(self) -> None:
        pass


class _Door:
    ear = _Ear()


app = Flask(__name__, static_folder=None)
app.extensions["proctor_results"] = _Door()


@app.route("/<path:_>", methods=["GET", "POST"])
def empty(_: str) -> str:
    """Nothing."""
    return ""
