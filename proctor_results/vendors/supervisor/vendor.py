"""Supervisor (YouTestMe Proctoring, proctoring.online): what this vendor offers."""

from proctor_results.vendors.base import Vendor
from proctor_results.vendors.supervisor.doctor_checks import doctor_checks
from proctor_results.vendors.supervisor.documentation import WEBHOOK_DOCUMENTATION
from proctor_results.vendors.supervisor.launch import SupervisorLauncher
from proctor_results.vendors.supervisor.settings import SupervisorSettings, load_settings
from proctor_results.vendors.supervisor.webhook import SupervisorWebhook

__all__ = ["METRICS", "WEBHOOK_DOCUMENTATION", "build_vendor", "load_settings"]


def build_vendor(settings: SupervisorSettings) -> Vendor:
    """Build the vendor; it launches learners only where the settings name its server."""
    launcher = SupervisorLauncher(
        url=settings.url, provider=settings.provider, secret=settings.jwt_secret
    )
    return Vendor(
        name="supervisor",
        settings=settings,
        metrics=METRICS,
        webhook=SupervisorWebhook(
            keys=settings.webhook_keys, key_header=settings.webhook_key_header
        ),
        launcher=launcher if settings.url else None,
        doctor_checks=doctor_checks(launcher) if settings.url else (),
    )


METRICS = {
    "b1": "The browser is not supported.",
    "b2": "The learner left the exam window.",
    "b3": "Full screen was off.",
    "c1": "The webcam was off.",
    "c2": "The face was not visible, or looked away.",
    "c3": "Several faces were visible.",
    "c4": "The face differs from the learner's profile.",
    "c5": "A similar profile was found.",
    "k1": "The typing was not the learner's usual typing.",
    "m1": "The microphone was muted or too quiet.",
    "m2": "Talk or noise was audible.",
    "n1": "The network was lost.",
    "n2": "The mobile camera was lost.",
    "s1": "The screen was not shared.",
    "s2": "A second display was connected.",
}
"""Metric codes of the SDK's documentation, with what a high average means."""
