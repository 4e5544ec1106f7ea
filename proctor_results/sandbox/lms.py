"""A small local LMS: it verifies what it is told, shows it, and answers badly when asked to."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized
from werkzeug.serving import WSGIRequestHandler, make_server

from proctor_results.sandbox.behaviour import NORMAL, Behaviour, Mood, behaviour_of
from proctor_results.sandbox.told import Message, Told, message_of

Listener = Callable[[Message], None]


def serve_lms(host: str, port: int, secret: str, behaviour: Behaviour = NORMAL) -> None:
    """Runs the LMS until it is interrupted, with one line for each thing it is told."""
    app = create_lms(secret, behaviour=behaviour, on_told=lambda message: click.echo(line_of(message)))
    server = make_server(host, port, app, threaded=True, request_handler=Handler)
    click.echo(f"sandbox LMS: told at http://{host}:{server.port}/hook, shows it at http://{host}:{server.port}/")
    server.serve_forever()


def create_lms(secret: str, *, behaviour: Behaviour = NORMAL, on_told: Listener = lambda _: None) -> Flask:
    """The LMS as a Flask app. `secret` is `whsec_…`; `on_told` hears of each new message, in its thread."""
    lms = _Lms(Webhook(secret), Mood(behaviour), on_told)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.add_url_rule("/hook", view_func=lms.hook, methods=["POST"])
    app.add_url_rule("/behave", view_func=lms.behave, methods=["POST"])
    app.add_url_rule("/told", view_func=lms.show)
    app.add_url_rule("/", view_func=lms.page)
    app.register_error_handler(HTTPException, _error)
    return app


def line_of(message: Message) -> str:
    """`09:30:12  outcome  run-1-rejected  rejected`"""
    said = message.data.get("outcome") or _lock(message)
    return f"{message.received_at:%H:%M:%S}  {message.topic:<7}  {message.identifier}  {said}"


def _lock(message: Message) -> str:
    kinds = ", ".join(hold["kind"] for hold in message.data.get("holds", ()))
    return f"locked: {kinds}" if message.data.get("locked") else "unlocked"


class Handler(WSGIRequestHandler):
    """Answers without an access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Says nothing: what was told is shown in words of its own."""


class _Lms:
    def __init__(self, webhook: Webhook, mood: Mood, on_told: Listener) -> None:
        self._webhook, self._mood, self._on_told = webhook, mood, on_told
        self._told = Told()

    def hook(self) -> ResponseReturnValue:
        message = self._authentic_message()
        behaviour = self._mood.next()
        if not behaviour.keeps:
            self._told.refuse()
        elif self._told.hear(message):
            self._on_told(message)
        time.sleep(behaviour.delay)
        return _answer(behaviour)

    def behave(self) -> ResponseReturnValue:
        try:
            self._mood.change(behaviour_of(request.get_json()))
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return "", 204

    def show(self) -> ResponseReturnValue:
        return jsonify(self._told.as_json())

    def page(self) -> ResponseReturnValue:
        response = Response(render_template("told.html", **self._told.as_json()))
        response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
        return response

    def _authentic_message(self) -> Message:
        body = request.get_data()
        try:
            self._webhook.verify(body, dict(request.headers), json_parse=False)
        except (WebhookVerificationError, ValueError) as error:  # ValueError: the package leaks it on malformed headers
            raise Unauthorized("the signature does not fit") from error
        try:
            return message_of(request.headers["webhook-id"], body, datetime.now(UTC))
        except ValueError as error:
            raise BadRequest(str(error)) from error


def _answer(behaviour: Behaviour) -> Response:
    response = Response(status=behaviour.status)
    if behaviour.retry_after is not None:
        response.headers["Retry-After"] = str(behaviour.retry_after)
    return response


def _error(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.description), error.code or 500
