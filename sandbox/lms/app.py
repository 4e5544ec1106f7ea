"""A small local LMS: it verifies and shows messages, and answers with errors when asked to."""

import time
from collections.abc import Callable
from datetime import UTC, datetime

import click
from flask import Flask, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue
from standardwebhooks import Webhook, WebhookVerificationError
from werkzeug.exceptions import BadRequest, HTTPException, Unauthorized
from werkzeug.serving import WSGIRequestHandler, make_server

from sandbox.lms.received_messages import ReceivedMessage, ReceivedMessages, parse_message
from sandbox.lms.response_script import (
    NORMAL,
    ResponseBehaviour,
    ResponseScript,
    parse_behaviour,
)

MessageCallback = Callable[[ReceivedMessage], None]


def serve_lms(host: str, port: int, secret: str, behaviour: ResponseBehaviour = NORMAL) -> None:
    """Serve the LMS until it is interrupted, and print a line for each message."""
    app = create_lms(
        secret, behaviour=behaviour, on_message=lambda message: click.echo(format_message(message))
    )
    server = make_server(host, port, app, threaded=True, request_handler=QuietRequestHandler)
    click.echo(
        f"sandbox LMS: receives webhooks at http://{host}:{server.port}/hook, shows them at "
        f"http://{host}:{server.port}/"
    )
    server.serve_forever()


def create_lms(
    secret: str,
    *,
    behaviour: ResponseBehaviour = NORMAL,
    on_message: MessageCallback = lambda _: None,
) -> Flask:
    """Create the LMS as a Flask app.

    `secret` is `whsec_…`; `on_message` is called in the thread of each new message.
    """
    views = _LmsViews(Webhook(secret), ResponseScript(behaviour), on_message)
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    app.add_url_rule("/hook", view_func=views.receive_webhook, methods=["POST"])
    app.add_url_rule("/behaviour", view_func=views.set_behaviour, methods=["POST"])
    app.add_url_rule("/messages", view_func=views.list_messages)
    app.add_url_rule("/", view_func=views.show_page)
    app.register_error_handler(HTTPException, _error_response)
    return app


def format_message(message: ReceivedMessage) -> str:
    """`09:30:12  outcome  run-1-rejected  rejected`"""
    summary = message.data.get("outcome") or _lock_text(message)
    return f"{message.received_at:%H:%M:%S}  {message.topic:<7}  {message.identifier}  {summary}"


def _lock_text(message: ReceivedMessage) -> str:
    hold_kinds = ", ".join(hold["kind"] for hold in message.data.get("holds", ()))
    return f"locked: {hold_kinds}" if message.data.get("locked") else "unlocked"


class QuietRequestHandler(WSGIRequestHandler):
    """A request handler without an access log."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: each message is printed in a line of our own."""


class _LmsViews:
    def __init__(
        self, webhook: Webhook, response_script: ResponseScript, on_message: MessageCallback
    ) -> None:
        self._webhook, self._response_script, self._on_message = (
            webhook,
            response_script,
            on_message,
        )
        self._received_messages = ReceivedMessages()

    def receive_webhook(self) -> ResponseReturnValue:
        message = self._verified_message()
        behaviour = self._response_script.next_behaviour()
        if not behaviour.is_success:
            self._received_messages.count_rejected()
        elif self._received_messages.record(message):
            self._on_message(message)
        time.sleep(behaviour.delay)
        return _response(behaviour)

    def set_behaviour(self) -> ResponseReturnValue:
        try:
            self._response_script.set(parse_behaviour(request.get_json()))
        except ValueError as error:
            raise BadRequest(str(error)) from error
        return "", 204

    def list_messages(self) -> ResponseReturnValue:
        return jsonify(self._received_messages.as_json())

    def show_page(self) -> ResponseReturnValue:
        response = Response(
            render_template("received_messages.html", **self._received_messages.as_json())
        )
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'"
        )
        return response

    def _verified_message(self) -> ReceivedMessage:
        body = request.get_data()
        try:
            self._webhook.verify(body, dict(request.headers), json_parse=False)
        except (
            WebhookVerificationError,
            ValueError,
        ) as error:  # ValueError: the package leaks it on malformed headers
            raise Unauthorized("the signature does not fit") from error
        try:
            return parse_message(request.headers["webhook-id"], body, datetime.now(UTC))
        except ValueError as error:
            raise BadRequest(str(error)) from error


def _response(behaviour: ResponseBehaviour) -> Response:
    response = Response(status=behaviour.status)
    if behaviour.retry_after is not None:
        response.headers["Retry-After"] = str(behaviour.retry_after)
    return response


def _error_response(error: HTTPException) -> ResponseReturnValue:
    return jsonify(error=error.description), error.code or 500
