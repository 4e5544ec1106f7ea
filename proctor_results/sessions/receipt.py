"""One inbound request exactly as it arrived, kept as evidence, with its result."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from proctor_results.evidence.hash_chain import ChainLink
from proctor_results.sessions.enums import ReceiptResult


@dataclass(frozen=True, kw_only=True)
class InboundRequest:
    """An authenticated request. `sha256` is that of `body`; `key_id` names the key, without it."""

    vendor: str
    received_at: datetime
    key_id: str
    headers: Mapping[str, str]
    body: bytes
    body_sha256: str


@dataclass(frozen=True, kw_only=True)
class Receipt:
    """A request and its result. `detail` is text for people.

    `content_sha256` is that of the report, where the request carried one. `revision` is that of
    the session before the request, `policy_sha256` the policy that evaluated it. `chain_head` is
    the receipt before it in the chain of its session; a receipt of no session is in no chain.
    `replay_of` is the id of the receipt that was replayed to make this one.
    """

    request: InboundRequest
    result: ReceiptResult
    identifier: str | None = None
    chain_head: ChainLink | None = None
    content_sha256: str | None = None
    revision: int | None = None
    policy_sha256: str | None = None
    detail: str = ""
    replay_of: int | None = None
