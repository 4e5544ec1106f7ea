"""Which vendors there are: one folder each, and one line here."""

from proctor_results.vendors.base import Vendor
from proctor_results.vendors.supervisor.webhook import SupervisorWebhook

VENDORS: dict[str, Vendor] = {
    vendor.name: vendor for vendor in (Vendor(name="supervisor", webhook=SupervisorWebhook()),)
}
