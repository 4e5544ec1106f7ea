"""Wires the house together."""

from collections.abc import Iterator
from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from proctor_results import cli, clock, log, policy_file, settings
from proctor_results.dashboard import building as dashboard
from proctor_results.domain.rhythm import Rhythm
from proctor_results.flows.house import House
from proctor_results.lms.base import Target
from proctor_results.lms.http_template import HttpTemplateTarget
from proctor_results.lms.outbound import Caller
from proctor_results.lms.webhook import WebhookTarget
from proctor_results.settings import Settings
from proctor_results.store.opening import open_ledger
from proctor_results.vendors import VENDORS
from proctor_results.vendors.launch import Launcher
from proctor_results.vendors.supervisor_launch import SupervisorAccount
from proctor_results.web.building import PlainFlask, build
from proctor_results.web.ear import Ear
from proctor_results.web.front_door import FrontDoor
from proctor_results.web.guards import KeyRing
from proctor_results.web.launch_tokens import LaunchTokens


def create_app(given: Settings | None = None) -> Flask:
    """The app with its routes and commands. Without settings given it reads the environment; raises BadSettings."""
    chosen = given or settings.read()
    log.configure(chosen.log_level)
    app = PlainFlask("proctor_results", static_folder=None)
    door = _front_door(chosen, _house(chosen))
    build(app, door)
    dashboard.build(app, secret=chosen.secret_key, development=chosen.development)
    if chosen.trusted_proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=chosen.trusted_proxies, x_proto=chosen.trusted_proxies)  # type: ignore[method-assign]  # as Flask says
    cli.add_commands(app, door, chosen)
    return app


def _house(chosen: Settings) -> House:
    return House(
        ledger=open_ledger(chosen.database_url),
        policy=chosen.policy,
        targets=tuple(_targets(chosen)),
        rhythm=Rhythm(
            every=timedelta(seconds=chosen.heartbeat_seconds), grace=timedelta(seconds=chosen.heartbeat_grace_seconds)
        ),
        settle=timedelta(seconds=chosen.outcome_settle_seconds),
        vendors=VENDORS,
        read_policy=policy_file.parse,
    )


def _targets(chosen: Settings) -> Iterator[Target]:
    caller = Caller(allow_private=chosen.lms_allow_private_addresses)
    if chosen.lms_webhook_url:
        yield WebhookTarget(address=chosen.lms_webhook_url, secret=chosen.lms_webhook_secret, caller=caller)
    if chosen.lms_lock_url:
        yield HttpTemplateTarget(recipe=chosen.lms_lock, caller=caller)


def _front_door(chosen: Settings, house: House) -> FrontDoor:
    return FrontDoor(
        house=house,
        vendors=VENDORS,
        webhook_keys=KeyRing(chosen.webhook_api_keys),
        webhook_key_header=chosen.webhook_api_key_header,
        lms_keys=KeyRing(chosen.lms_api_keys),
        metrics_keys=KeyRing(chosen.metrics_api_keys),
        launch_tokens=LaunchTokens(secret=chosen.secret_key),
        launchers={launcher.name: launcher for launcher in _launchers(chosen)},
        public_url=chosen.public_url,
        browser_origins=chosen.browser_origins,
        ear=Ear(house, clock.now),
        now=clock.now,
    )


def _launchers(chosen: Settings) -> Iterator[Launcher]:
    if chosen.supervisor_url:
        yield SupervisorAccount(
            url=chosen.supervisor_url, secret=chosen.supervisor_jwt_secret, provider=chosen.supervisor_provider
        )
