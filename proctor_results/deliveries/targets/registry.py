"""The targets of the service, one line each."""

from environs import Env

from proctor_results.deliveries.targets.base import TargetSettings
from proctor_results.deliveries.targets.http_template import HttpTemplateSettings
from proctor_results.deliveries.targets.webhook import WebhookSettings

TARGETS: tuple[type[TargetSettings], ...] = (
    WebhookSettings,
    HttpTemplateSettings,
)


def read_target_settings(env: Env) -> tuple[TargetSettings, ...]:
    """Read the settings of all targets; return those that are configured."""
    all_settings = [settings_type.read(env) for settings_type in TARGETS]
    return tuple(settings for settings in all_settings if settings.url)
