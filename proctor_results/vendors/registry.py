"""The translators: one file per vendor, and one line here."""

from proctor_results.vendors.base import Vendor
from proctor_results.vendors.supervisor.webhook import Supervisor

VENDORS: dict[str, Vendor] = {vendor.name: vendor for vendor in (Supervisor(),)}
