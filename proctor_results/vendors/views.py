"""`GET /vendors`: which proctoring systems this service knows, and what each offers."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from proctor_results.api import auth
from proctor_results.api.blueprint import LMS_SECURITY, PROBLEMS, ApiBlueprint
from proctor_results.api.context import api_context
from proctor_results.vendors.base import Vendor

vendors = ApiBlueprint("vendors", __name__, description="Which proctoring systems can be used")


class VendorSchema(Schema):
    """A proctoring system."""

    name = fields.String(required=True)
    capabilities = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "what can be done with it here: webhook, launcher, fetcher ..."},
    )
    metrics = fields.Dict(
        keys=fields.String(),
        values=fields.String(metadata={"description": "what a high value means"}),
        required=True,
    )
    incidents = fields.Dict(
        keys=fields.String(),
        values=fields.String(metadata={"description": "what was noticed"}),
        required=True,
    )


class VendorsSchema(Schema):
    """All proctoring systems."""

    vendors = fields.List(fields.Nested(VendorSchema), required=True)


@vendors.route("/vendors")
@vendors.doc(security=LMS_SECURITY)
@vendors.response(200, VendorsSchema)
@vendors.problems(PROBLEMS)
@auth.requires("lms")
def list_vendors() -> Mapping[str, list[Mapping[str, Any]]]:
    """List the vendors with what each offers, and what its codes mean."""
    return {"vendors": [_vendor_json(vendor) for vendor in api_context().vendors.values()]}


def _vendor_json(vendor: Vendor) -> Mapping[str, Any]:
    return {
        "name": vendor.name,
        "capabilities": vendor.capabilities,
        "metrics": vendor.metrics,
        "incidents": vendor.incidents,
    }
