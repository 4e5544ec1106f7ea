"""Rows of evidence: receipts, policies, decisions, checkpoints, erasures."""

import peewee

from proctor_results.database.models.base import JsonField, Row, TimeField
from proctor_results.database.models.sessions import Session


class Receipt(Row):
    """One inbound request as it arrived, its result, and its place in a hash chain."""

    id = peewee.BigAutoField()
    vendor = peewee.TextField()
    identifier = peewee.TextField(null=True)
    received_at = TimeField()
    key_id = peewee.TextField()
    headers = JsonField()
    body_sha256 = peewee.TextField()
    content_sha256 = peewee.TextField(null=True)
    result = peewee.TextField()
    detail = peewee.TextField()
    revision = peewee.IntegerField(null=True)
    policy_sha256 = peewee.TextField(null=True)
    replay_of = peewee.BigIntegerField(null=True)
    chain_position = peewee.BigIntegerField(null=True)
    previous_sha256 = peewee.TextField(null=True)
    erasable_sha256 = peewee.TextField()
    record_sha256 = peewee.TextField()
    pruned_at = TimeField(null=True)
    erased_at = TimeField(null=True)
    body = peewee.BlobField()


class ReceiptEvent(Row):
    """One event of a receipt that carries several, with the session it names and its own result."""

    id = peewee.BigAutoField()
    receipt = peewee.ForeignKeyField(Receipt)
    position = peewee.IntegerField()
    kind = peewee.TextField()
    identifier = peewee.TextField(null=True)
    vendor_reference = peewee.TextField(null=True)
    content_sha256 = peewee.TextField(null=True)
    result = peewee.TextField()
    detail = peewee.TextField()


class Policy(Row):
    """The text of a policy that has decided something."""

    sha256 = peewee.TextField(primary_key=True)
    text = peewee.TextField()


class Decision(Row):
    """A change of outcome or holds, with its reasons and its cause."""

    id = peewee.BigAutoField()
    session = peewee.ForeignKeyField(Session, null=True)
    receipt = peewee.ForeignKeyField(Receipt, null=True)
    at = TimeField()
    revision = peewee.IntegerField()
    outcome_before = peewee.TextField()
    outcome = peewee.TextField()
    opened = JsonField()
    closed = JsonField()
    reasons = JsonField()
    policy_sha256 = peewee.TextField()
    revised = peewee.BooleanField()
    final_at = TimeField(null=True)
    cause = peewee.TextField()
    actor = peewee.TextField(null=True)
    note = peewee.TextField(null=True)
    inputs = JsonField()
    erasable_sha256 = peewee.TextField()
    record_sha256 = peewee.TextField()
    erased_at = TimeField(null=True)


class Checkpoint(Row):
    """A digest over all receipts and decisions up to `last_ids` and the checkpoint before."""

    id = peewee.BigAutoField()
    previous_sha256 = peewee.TextField(unique=True)
    at = TimeField()
    id_ranges = JsonField()
    last_ids = JsonField()
    manifest_sha256 = peewee.TextField()


class Erasure(Row):
    """That a session was erased. Only the digest of its identifier is left."""

    identifier_sha256 = peewee.TextField(primary_key=True)
    at = TimeField()
    actor = peewee.TextField()
