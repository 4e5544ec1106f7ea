"""Signs operators in by name and password, recognises them by their token, and signs them out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.security import check_password_hash

from proctor_results.dependencies import Dependencies
from proctor_results.operators import login_attempts_store, store
from proctor_results.operators.manage import DUMMY_PASSWORD_HASH
from proctor_results.operators.model import (
    ADDRESS_THROTTLE,
    MAX_PASSWORD_LENGTH,
    NAME_THROTTLE,
    SignedInOperator,
    StoredOperator,
)

LAST_SEEN_INTERVAL = timedelta(minutes=1)
"""An operator's activity is stored at most this often."""


@dataclass(frozen=True, kw_only=True)
class Throttled:
    """Too many sign-ins have failed: until then no password is checked, be it right or wrong."""

    until: datetime


def sign_in(
    deps: Dependencies, name: str, password: str, address: str, now: datetime
) -> SignedInOperator | Throttled | None:
    """Sign an operator in; None if the name or the password is wrong. Raises DatabaseUnavailable.

    An unknown name takes as long as a wrong password, and is delayed alike.
    """
    throttle_keys = f"name {_digest(name)}", f"address {address}"
    throttled = _record_attempt(deps, *throttle_keys, now)
    if throttled:
        return throttled
    operator = store.get(deps.database, name)
    password_hash = operator.password_hash if operator else DUMMY_PASSWORD_HASH
    is_correct = check_password_hash(password_hash, password[:MAX_PASSWORD_LENGTH])
    return _create_sign_in(deps, operator, *throttle_keys, now) if operator and is_correct else None


def signed_in_operator(
    deps: Dependencies, token: str, now: datetime, *, is_active: bool
) -> SignedInOperator | None:
    """Return who is signed in with this token. Raises DatabaseUnavailable.

    `is_active` says that the operator makes this request, not a page that refreshes itself.
    """
    stored = store.get_sign_in(deps.database, _digest(token), now)
    if stored is None:
        return None
    operator, last_seen_at = stored
    if is_active and last_seen_at < now - LAST_SEEN_INTERVAL:
        with deps.database.transaction():
            store.touch_sign_in(deps.database, _digest(token), now)
    return SignedInOperator(name=operator.name, role=operator.role, token=token)


def sign_out(deps: Dependencies, token: str) -> None:
    """End the sign-in of this token, wherever it was copied to. Raises DatabaseUnavailable."""
    with deps.database.transaction():
        store.delete_sign_in(deps.database, _digest(token))


def _record_attempt(
    deps: Dependencies, name_key: str, address_key: str, now: datetime
) -> Throttled | None:
    with deps.database.transaction():
        login_attempts_store.delete_expired(deps.database, now)
    with deps.database.transaction():
        block_times = [
            login_attempts_store.blocked_until(deps.database, throttle_key, now)
            for throttle_key in (name_key, address_key)
        ]
        blocked_until = max(filter(None, block_times), default=None)
        if blocked_until:
            return Throttled(until=blocked_until)
        login_attempts_store.record_failure(deps.database, name_key, NAME_THROTTLE, now)
        login_attempts_store.record_failure(deps.database, address_key, ADDRESS_THROTTLE, now)
    return None


def _create_sign_in(
    deps: Dependencies, operator: StoredOperator, name_key: str, address_key: str, now: datetime
) -> SignedInOperator | None:
    token, database = secrets.token_urlsafe(32), deps.database
    with database.transaction():
        login_attempts_store.clear(database, name_key)
        login_attempts_store.undo_failure(database, address_key)
        is_created = store.create_sign_in(
            database, _digest(token), operator.name, operator.password_hash, now
        )
    signed_in = SignedInOperator(name=operator.name, role=operator.role, token=token)
    return signed_in if is_created else None


def _digest(text: str) -> str:
    """Keep tokens, and passwords typed into the name field, out of the database."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
