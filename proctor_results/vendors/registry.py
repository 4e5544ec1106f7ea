"""Which vendors there are: one folder each, and one line here."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Protocol, cast

from environs import Env

from proctor_results.vendors.base import Vendor
from proctor_results.vendors.settings import SecretCheck, VendorSettings

_FOLDERS = ("supervisor",)


class VendorFolder(Protocol):
    """The module `vendor` of a vendor's folder exports this."""

    WEBHOOK_DOCUMENTATION: Mapping[str, Any]

    def load_settings(self, env: Env, secret_check: SecretCheck) -> VendorSettings: ...

    def build_vendor(self, settings: VendorSettings) -> Vendor: ...


def load_vendor_settings(env: Env, secret_check: SecretCheck) -> dict[str, VendorSettings]:
    """Read the settings of every vendor, by its name."""
    return {name: _folder(name).load_settings(env, secret_check) for name in _FOLDERS}


def build_vendors(settings: Mapping[str, VendorSettings]) -> dict[str, Vendor]:
    """Build every vendor from its settings, by its name."""
    return {name: _folder(name).build_vendor(settings[name]) for name in settings}


def webhook_documentation() -> dict[str, Any]:
    """Return for OpenAPI what any of the vendors posts, and how its requests are authenticated."""
    documents = {name: _folder(name).WEBHOOK_DOCUMENTATION for name in _FOLDERS}
    body = {
        "schema": {"anyOf": [document["schema"] for document in documents.values()]},
        "examples": {name: {"value": document["example"]} for name, document in documents.items()},
    }
    return {
        "security": [{f"{name}Webhook": []} for name in documents],
        "requestBody": {"required": True, "content": {"application/json": body}},
    }


def _folder(name: str) -> VendorFolder:
    return cast(VendorFolder, import_module(f"{__package__}.{name}.vendor"))
