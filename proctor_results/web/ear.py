"""Says every few seconds what this process has heard and counted: that its door is open, and who came."""

import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog

from proctor_results.flows import LedgerAway
from proctor_results.flows.house import House
from proctor_results.flows.listen import listen
from proctor_results.flows.write_tallies import write_tallies

log = structlog.get_logger()


class Ear:
    """One per web process. Only silence that somebody could have heard may lock an exam."""

    def __init__(self, house: House, now: Callable[[], datetime]) -> None:
        self._house, self._now = house, now
        self._every = house.rhythm.say_every.total_seconds()
        self._heard_at: datetime | None = None
        self._missed = False
        self._stop = threading.Event()

    def hear(self, now: datetime) -> None:
        """A heartbeat has come."""
        self._heard_at = now

    def miss(self) -> None:
        """A heartbeat has come that could not be written down: whoever sent it must not be taken for silent."""
        self._missed = True

    def open(self) -> None:
        """From now on the door is open, until the process ends."""
        threading.Thread(target=self._listen, name="ear", daemon=True).start()

    def close(self) -> None:
        """The door is open no longer; what was counted since the last time is written down."""
        self._stop.set()
        with suppress(LedgerAway):
            write_tallies(self._house)

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                self._say()
                write_tallies(self._house)
            except LedgerAway as error:
                log.warning("ear.ledger_away", error=str(error).strip())
            except Exception:
                # A door that is open but says nothing would keep every silent exam unlocked.
                log.exception("ear.surprised")
            self._stop.wait(self._every)

    def _say(self) -> None:
        """What was missed is said once the ledger is back."""
        missed, self._missed = self._missed, False
        try:
            listen(self._house, self._heard_at, self._now(), missed=missed)
        except BaseException:
            self._missed = self._missed or missed
            raise
