"""The story of one soak: load and faults for as long as planned, then peace until all is told, then the reckoning."""

import asyncio
import subprocess  # noqa: S404  # one command of our own
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.clock import Clock
from bench.reconciliation.sides import Sides
from bench.reconciliation.verdict import Verdict, reconcile
from bench.soak.faults import FAULTS, Scene
from bench.soak.gauge import Gauge, Life
from bench.soak.installation import Installation
from bench.soak.lms import Lms
from bench.soak.load import Load, load_on
from bench.soak.plan import Plan
from bench.soak.progress import Progress
from bench.soak.window import Window
from proctor_results.sandbox.demo.premises import FLASK, HOME

PATIENCE = 300
"""Seconds in which everything must have been told, once nothing is broken any more. A target may rest for so long."""

Say = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a soak. `resent` is how many messages were given up, and sent again by hand.

    `sealed` is whether `receipts verify` finds the evidence whole, and `verification` what it says.
    """

    verdict: Verdict
    sealed: bool
    verification: str
    alive: list[Life]
    grown: list[Life]
    faults: int
    resent: int

    @property
    def good(self) -> bool:
        return self.verdict.good and self.sealed and not self.grown


@dataclass(kw_only=True)
class Soak:
    """One run, as far as it has come."""

    plan: Plan
    site: Installation
    lms: Lms
    load: Load
    window: Window
    say: Say
    clock: Clock = field(default_factory=lambda: Clock(origin=time.time() - time.monotonic()))
    gauge: Gauge = field(default_factory=Gauge)
    began: float = field(default_factory=time.monotonic)
    faults: int = 0
    broken: str = ""
    resent: int = 0

    async def run(self) -> Outcome:
        """Raises TimeoutError where the load does not come to its end."""
        watching = [asyncio.create_task(each) for each in (self._watch(), self.load.office.follow())]
        loading = asyncio.create_task(self.load.run())
        await self._break_things()
        await self._sleep_until(self.plan.seconds)
        self.load.over.set()
        self.say("nothing is broken any more: waiting for everybody to end, and for everything to be told")
        await asyncio.wait([loading], timeout=PATIENCE)
        await self._until_told()
        verdict = await self._reckon()
        verified = await asyncio.to_thread(_flask, self.site, "receipts", "verify")
        for each in watching:
            each.cancel()
        return self._outcome(verdict, verified)

    async def _break_things(self) -> None:
        scene = Scene(site=self.site, lms=self.lms, clock=self.clock, random=Random(self.plan.seed + 4))  # noqa: S311  # no secret
        for planned in self.plan.faults():
            await self._sleep_until(planned.at)
            self.broken, self.faults = planned.name, self.faults + 1
            self.say(f"fault {self.faults}: {planned.name}, for {planned.lasts:.1f} s")
            async with FAULTS[planned.name].doing(scene):
                await asyncio.sleep(planned.lasts)
            self.broken = ""

    async def _sleep_until(self, second: float) -> None:
        await asyncio.sleep(max(0, self.began + second - time.monotonic()))

    async def _until_told(self) -> None:
        """What was given up is sent again by hand, as docs/lms.md says."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            queue = await self.window.queue()
            if queue and queue.due == 0 and await self.load.office.read_on():
                return
            if queue and queue.due == queue.given_up > 0:
                self.resent += queue.given_up
                await asyncio.to_thread(_flask, self.site, "deliveries", "retry")
            await asyncio.sleep(0.5)

    async def _reckon(self) -> Verdict:
        self.say("comparing what was sent, what is stored and what the LMS was told")
        sides = Sides(
            sent=self.load.sent,
            stored=await self.window.everything(),
            told=self.lms.told,
            fed=self.load.office.fed,
            doubled=self.site.server is not None,
            clock=self.clock,
            allowed=sum(self.plan.rhythm),
        )
        return await asyncio.to_thread(reconcile, sides)

    async def _watch(self) -> None:
        progress = Progress(began=self.began)
        while True:
            await asyncio.sleep(1)
            await asyncio.to_thread(self.gauge.look, self.site.programs)
            if progress.is_due():
                self.say(progress.line(self.load, self.lms, await self.window.queue(), self._mishap, self._memory))

    @property
    def _mishap(self) -> str:
        return f"{self.faults} ({self.broken})" if self.broken else str(self.faults)

    @property
    def _memory(self) -> list[Life]:
        return self.gauge.alive(self.site.programs)

    def _outcome(self, verdict: Verdict, verified: subprocess.CompletedProcess[str]) -> Outcome:
        self.gauge.look(self.site.programs)
        return Outcome(
            verdict=verdict,
            sealed=verified.returncode == 0,
            verification=verified.stdout,
            alive=self._memory,
            grown=self.gauge.grown,
            faults=self.faults,
            resent=self.resent,
        )


async def soak(plan: Plan, site: Installation, say: Say) -> Outcome:
    """Starts everything, and soaks it."""
    lms = Lms(secret=site.premises.lms_secret)
    await lms.open(site.premises.lms_port)
    for program in site.programs:
        program.start()
    await site.until_ready()
    window = Window(site.database_url)
    try:
        load = load_on(site.premises, lms, plan)
        return await Soak(plan=plan, site=site, lms=lms, load=load, window=window, say=say).run()
    finally:
        window.close()
        await lms.close()


def _flask(site: Installation, *command: str) -> subprocess.CompletedProcess[str]:
    """A command as an operator gives it."""
    line = [sys.executable, *FLASK, *command]
    environment = site.web.environment
    return subprocess.run(line, cwd=HOME, env=environment, check=False, capture_output=True, text=True)  # noqa: S603  # ours
