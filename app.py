"""Wires the house together."""

from flask import Flask

from proctor_results import cli, clock, log, settings
from proctor_results.flows.house import House
from proctor_results.lms.base import Target
from proctor_results.lms.outbound import Caller
from proctor_results.lms.webhook import WebhookTarget
from proctor_results.settings import Settings
from proctor_results.store.opening import open_ledger
from proctor_results.vendors import VENDORS
from proctor_results.web.building import build
from proctor_results.web.front_door import FrontDoor
from proctor_results.web.guards import KeyRing


def create_app(given: Settings | None = None) -> Flask:
    """The app with its routes and commands. Without settings given it reads the environment; raises BadSettings."""
    chosen = given or settings.read()
    log.configure(chosen.log_level)
    app = Flask("proctor_results", static_folder=None)
    house = House(ledger=open_ledger(chosen.database_url), policy=chosen.policy, targets=_targets(chosen))
    build(app, _front_door(chosen, house))
    cli.add_commands(app, house, chosen)
    return app


def _targets(chosen: Settings) -> tuple[Target, ...]:
    if not chosen.lms_webhook_url:
        return ()
    caller = Caller(allow_private=chosen.lms_allow_private_addresses)
    return (WebhookTarget(address=chosen.lms_webhook_url, secret=chosen.lms_webhook_secret, caller=caller),)


def _front_door(chosen: Settings, house: House) -> FrontDoor:
    return FrontDoor(
        house=house,
        vendors=VENDORS,
        webhook_keys=KeyRing(chosen.webhook_api_keys),
        webhook_key_header=chosen.webhook_api_key_header,
        lms_keys=KeyRing(chosen.lms_api_keys),
        now=clock.now,
    )
