"""An operator signs in with name and password, works, and signs out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.security import check_password_hash

from proctor_results.dependencies import Dependencies
from proctor_results.operators import (
    login_attempts,
    sign_ins_store,
)
from proctor_results.operators import (
    store as operator_store,
)
from proctor_results.operators.manage import DUMMY_PASSWORD_HASH
from proctor_results.operators.model import (
    ADDRESS_THROTTLE,
    MAX_PASSWORD_LENGTH,
    NAME_THROTTLE,
    Operator,
)
from proctor_results.operators.store import StoredOperator

LAST_SEEN_INTERVAL = timedelta(minutes=1)
"""How often it is written down that an operator is at work."""


@dataclass(frozen=True, kw_only=True)
class Throttled:
    """Too many sign-ins have failed: nothing is tried before that moment, right or wrong."""

    until: datetime


def sign_in(
    deps: Dependencies, name: str, password: str, address: str, now: datetime
) -> str | Throttled | None:
    """The token of the one who is now signed in; None where name or password is wrong. Raises LedgerAway.

    An unknown name takes as long as a wrong password, and is made to wait as long.
    """
    name_key, address_key = f"name {_digest(name)}", f"address {address}"
    throttled = _record_attempt(deps, name_key, address_key, now)
    if throttled:
        return throttled
    stored_operator = operator_store.get(deps.database, name)
    password_is_correct = check_password_hash(
        stored_operator.password_hash if stored_operator else DUMMY_PASSWORD_HASH,
        password[:MAX_PASSWORD_LENGTH],
    )
    return (
        _create_sign_in(deps, stored_operator, name_key, address_key, now)
        if stored_operator and password_is_correct
        else None
    )


def current_operator(
    deps: Dependencies, token: str, now: datetime, *, is_active: bool
) -> Operator | None:
    """Who is signed in with this token; `at_work` where they are doing something just now. Raises LedgerAway."""
    stored_sign_in = sign_ins_store.get(deps.database, _digest(token), now)
    if stored_sign_in and is_active and stored_sign_in.last_seen_at < now - LAST_SEEN_INTERVAL:
        with deps.database.transaction():
            sign_ins_store.touch(deps.database, _digest(token), now)
    return stored_sign_in.operator if stored_sign_in else None


def sign_out(deps: Dependencies, token: str) -> None:
    """The token opens nothing any more. Raises LedgerAway."""
    with deps.database.transaction():
        sign_ins_store.delete(deps.database, _digest(token))


def _record_attempt(
    deps: Dependencies, name_key: str, address_key: str, now: datetime
) -> Throttled | None:
    with deps.database.transaction():
        login_attempts.delete_expired(deps.database, now)
    with deps.database.transaction():
        block_times = [
            login_attempts.blocked_until(deps.database, throttle_key, now)
            for throttle_key in (name_key, address_key)
        ]
        blocked_until = max(filter(None, block_times), default=None)
        if blocked_until:
            return Throttled(until=blocked_until)
        login_attempts.record_failure(deps.database, name_key, NAME_THROTTLE, now)
        login_attempts.record_failure(deps.database, address_key, ADDRESS_THROTTLE, now)
    return None


def _create_sign_in(
    deps: Dependencies,
    stored_operator: StoredOperator,
    name_key: str,
    address_key: str,
    now: datetime,
) -> str | None:
    token = secrets.token_urlsafe(32)
    with deps.database.transaction():
        login_attempts.clear(deps.database, name_key)
        login_attempts.undo_failure(deps.database, address_key)
        is_created = sign_ins_store.create(
            deps.database,
            _digest(token),
            stored_operator.operator.name,
            stored_operator.password_hash,
            now,
        )
    return token if is_created else None


def _digest(text: str) -> str:
    """So that neither tokens nor what people type into the wrong field can be read from the ledger."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
