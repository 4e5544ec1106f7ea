"""Builds the Flask app: settings, database, targets, routes and commands."""

from datetime import timedelta

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from proctor_results import clock
from proctor_results.api.context import ApiContext
from proctor_results.api.setup import SyncFlask, register_api
from proctor_results.cli import registry
from proctor_results.dashboard import setup as dashboard
from proctor_results.database.connect import connect
from proctor_results.dependencies import Dependencies
from proctor_results.heartbeats.liveness_reporter import LivenessReporter
from proctor_results.heartbeats.timeout import HeartbeatConfig
from proctor_results.http_client.client import HttpClient
from proctor_results.launches.launch_tokens import LaunchTokens
from proctor_results.logs import setup as log_setup
from proctor_results.operators.views import sign_in_views
from proctor_results.policies import load as policy_load
from proctor_results.settings import load as settings_load
from proctor_results.settings.model import Settings
from proctor_results.vendors.auth import ApiKeySet
from proctor_results.vendors.registry import build_vendors


def create_app(custom_settings: Settings | None = None) -> Flask:
    """Return the app. Without settings given it reads the environment; raises BadSettings."""
    active_settings = custom_settings or settings_load.load_settings()
    log_setup.configure(active_settings.log_level)
    app = SyncFlask("proctor_results", static_folder=None)
    context = _api_context(active_settings, _dependencies(active_settings))
    register_api(app, context)
    dashboard.register_dashboard(
        app,
        sign_in_views,
        secret=active_settings.secret_key,
        development=active_settings.development,
    )
    if active_settings.trusted_proxy_count:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask says
            app.wsgi_app,
            x_for=active_settings.trusted_proxy_count,
            x_proto=active_settings.trusted_proxy_count,
        )
    registry.add_commands(app, context, active_settings)
    return app


def _dependencies(settings: Settings) -> Dependencies:
    http_client = HttpClient(allow_private=settings.lms_allow_private_addresses)
    return Dependencies(
        database=connect(settings.database_url),
        policy=settings.policy,
        targets=tuple(target.create_target(http_client) for target in settings.targets),
        heartbeat_config=HeartbeatConfig(
            interval=timedelta(seconds=settings.heartbeat_seconds),
            grace_period=timedelta(seconds=settings.heartbeat_grace_seconds),
        ),
        outcome_final_after=timedelta(seconds=settings.outcome_final_after_seconds),
        vendors=build_vendors(settings.vendors),
        read_policy=policy_load.parse_policy,
    )


def _api_context(settings: Settings, deps: Dependencies) -> ApiContext:
    return ApiContext(
        deps=deps,
        vendors=deps.vendors,
        default_vendor=settings.default_vendor,
        lms_keys=ApiKeySet(settings.lms_api_keys),
        metrics_keys=ApiKeySet(settings.metrics_api_keys),
        launch_tokens=LaunchTokens(secret=settings.secret_key),
        public_url=settings.public_url,
        browser_origins=settings.browser_origins,
        liveness_reporter=LivenessReporter(deps, clock.now),
        now=clock.now,
    )
