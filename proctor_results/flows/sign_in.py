"""An operator signs in with name and password, works, and signs out."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from werkzeug.security import check_password_hash

from proctor_results.domain.operator import LONGEST_PASSWORD, WITH_ADDRESSES, WITH_NAMES, Operator
from proctor_results.flows.house import House
from proctor_results.flows.keep_operators import NOBODYS
from proctor_results.store import knocks, operators, sign_ins
from proctor_results.store.operators import Kept

SEEN_EVERY = timedelta(minutes=1)
"""How often it is written down that an operator is at work."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """Too many sign-ins have failed: nothing is tried before that moment, right or wrong."""

    until: datetime


def sign_in(house: House, name: str, password: str, address: str, now: datetime) -> str | Wait | None:
    """The token of the one who is now signed in; None where name or password is wrong. Raises LedgerAway.

    An unknown name takes as long as a wrong password, and is made to wait as long.
    """
    who, where = f"name {_digest(name)}", f"address {address}"
    wait = _counted(house, who, where, now)
    if wait:
        return wait
    known = operators.find(house.ledger, name)
    right = check_password_hash(known.password if known else NOBODYS, password[:LONGEST_PASSWORD])
    return _let_in(house, known, who, where, now) if known and right else None


def signed_in(house: House, token: str, now: datetime, *, at_work: bool) -> Operator | None:
    """Who is signed in with this token; `at_work` where they are doing something just now. Raises LedgerAway."""
    found = sign_ins.find(house.ledger, _digest(token), now)
    if found and at_work and found.seen_at < now - SEEN_EVERY:
        with house.ledger.transaction():
            sign_ins.is_used(house.ledger, _digest(token), now)
    return found.operator if found else None


def sign_out(house: House, token: str) -> None:
    """The token opens nothing any more. Raises LedgerAway."""
    with house.ledger.transaction():
        sign_ins.end(house.ledger, _digest(token))


def _counted(house: House, who: str, where: str, now: datetime) -> Wait | None:
    with house.ledger.transaction():
        knocks.forgive(house.ledger, now)
    with house.ledger.transaction():
        waits = [knocks.wait_until(house.ledger, each, now) for each in (who, where)]
        until = max(filter(None, waits), default=None)
        if until:
            return Wait(until=until)
        knocks.count(house.ledger, who, WITH_NAMES, now)
        knocks.count(house.ledger, where, WITH_ADDRESSES, now)
    return None


def _let_in(house: House, known: Kept, who: str, where: str, now: datetime) -> str | None:
    token = secrets.token_urlsafe(32)
    with house.ledger.transaction():
        knocks.forget(house.ledger, who)
        knocks.take_back(house.ledger, where)
        begun = sign_ins.begin(house.ledger, _digest(token), known.operator.name, known.password, now)
    return token if begun else None


def _digest(text: str) -> str:
    """So that neither tokens nor what people type into the wrong field can be read from the ledger."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
