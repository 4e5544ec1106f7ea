"""Runs one soak: load and faults, then all deliveries, then the reconciliation."""

import asyncio
import subprocess  # one command of our own
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from bench.reconciliation.data import ReconciliationData
from bench.reconciliation.reconcile import ReconciliationResult, reconcile
from bench.reconciliation.shifted_clock import ShiftedClock
from bench.soak.database_reader import DatabaseReader
from bench.soak.faults import FAULTS, FaultContext
from bench.soak.faulty_lms import FaultyLms
from bench.soak.installation import SoakInstallation
from bench.soak.memory_gauge import MemoryGauge, ProcessMemory
from bench.soak.plan import Plan
from bench.soak.progress import Progress
from bench.soak.soak_load import SoakLoad, create_load
from demo.environment import FLASK_COMMAND, PROJECT_FOLDER

DELIVERY_TIMEOUT = 300
"""Seconds for all deliveries after the last fault; a target may be paused for that long."""

PrintLine = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class SoakResult:
    """The result of a soak. `resent_count` failed deliveries were retried by an operator.

    `evidence_intact` is whether `receipts verify` finds no fault, `verify_output` what it prints.
    """

    reconciliation: ReconciliationResult
    evidence_intact: bool
    verify_output: str
    running_processes: list[ProcessMemory]
    grown_processes: list[ProcessMemory]
    fault_count: int
    resent_count: int

    @property
    def passed(self) -> bool:
        return (
            self.reconciliation.has_no_faults and self.evidence_intact and not self.grown_processes
        )


@dataclass(kw_only=True)
class SoakRun:
    """One run and its progress."""

    plan: Plan
    installation: SoakInstallation
    lms: FaultyLms
    load: SoakLoad
    database_reader: DatabaseReader
    print_line: PrintLine
    clock: ShiftedClock = field(
        default_factory=lambda: ShiftedClock(origin=time.time() - time.monotonic())
    )
    memory_gauge: MemoryGauge = field(default_factory=MemoryGauge)
    started: float = field(default_factory=time.monotonic)
    fault_count: int = 0
    current_fault: str = ""
    resent_count: int = 0

    async def run(self) -> SoakResult:
        """Run the load. Raises TimeoutError where it does not end."""
        background_tasks = [
            asyncio.create_task(task)
            for task in (self._print_progress(), self.load.exam_office.follow_feed())
        ]
        load_task = asyncio.create_task(self.load.run())
        await self._inject_faults()
        await self._sleep_until(self.plan.seconds)
        self.load.stopping.set()
        self.print_line(
            "no more faults: waiting for all learners to end, and for all messages to be delivered"
        )
        await asyncio.wait([load_task], timeout=DELIVERY_TIMEOUT)
        await self._wait_until_delivered()
        reconciliation = await self._reconcile()
        verify_command = await asyncio.to_thread(
            _run_flask, self.installation, "receipts", "verify"
        )
        for task in background_tasks:
            task.cancel()
        return self._result(reconciliation, verify_command)

    async def _inject_faults(self) -> None:
        context = FaultContext(
            installation=self.installation,
            lms=self.lms,
            clock=self.clock,
            random=Random(self.plan.seed + 4),
        )  # no secret
        for planned in self.plan.faults():
            await self._sleep_until(planned.starts_after)
            self.current_fault, self.fault_count = planned.name, self.fault_count + 1
            self.print_line(
                f"fault {self.fault_count}: {planned.name}, for {planned.duration:.1f} s"
            )
            async with FAULTS[planned.name].apply(context):
                await asyncio.sleep(planned.duration)
            self.current_fault = ""

    async def _sleep_until(self, second: float) -> None:
        await asyncio.sleep(max(0, self.started + second - time.monotonic()))

    async def _wait_until_delivered(self) -> None:
        """Wait, and retry failed deliveries manually, as docs/lms.md says."""
        deadline = time.monotonic() + DELIVERY_TIMEOUT
        while time.monotonic() < deadline:
            pending = await self.database_reader.pending_counts()
            if pending and pending.pending == 0 and await self.load.exam_office.read_next_page():
                return
            if pending and pending.pending == pending.failed > 0:
                self.resent_count += pending.failed
                await asyncio.to_thread(_run_flask, self.installation, "deliveries", "retry")
            await asyncio.sleep(0.5)

    async def _reconcile(self) -> ReconciliationResult:
        self.print_line("comparing what was sent, what is stored and what the LMS received")
        data = ReconciliationData(
            sent=self.load.sent,
            stored=await self.database_reader.load_stored_data(),
            received=self.lms.received,
            feed_revisions=self.load.exam_office.feed_revisions,
            may_duplicate=self.installation.server is not None,
            clock=self.clock,
            timeout_seconds=sum(self.plan.heartbeat_config),
        )
        return await asyncio.to_thread(reconcile, data)

    async def _print_progress(self) -> None:
        progress = Progress(started=self.started)
        while True:
            await asyncio.sleep(1)
            await asyncio.to_thread(self.memory_gauge.measure, self.installation.programs)
            if progress.is_due():
                self.print_line(
                    progress.line(
                        self.load,
                        self.lms,
                        await self.database_reader.pending_counts(),
                        self._fault_summary,
                        self._running_processes,
                    )
                )

    @property
    def _fault_summary(self) -> str:
        return (
            f"{self.fault_count} ({self.current_fault})"
            if self.current_fault
            else str(self.fault_count)
        )

    @property
    def _running_processes(self) -> list[ProcessMemory]:
        return self.memory_gauge.running(self.installation.programs)

    def _result(
        self, reconciliation: ReconciliationResult, verify_command: subprocess.CompletedProcess[str]
    ) -> SoakResult:
        self.memory_gauge.measure(self.installation.programs)
        return SoakResult(
            reconciliation=reconciliation,
            evidence_intact=verify_command.returncode == 0,
            verify_output=verify_command.stdout,
            running_processes=self._running_processes,
            grown_processes=self.memory_gauge.grown,
            fault_count=self.fault_count,
            resent_count=self.resent_count,
        )


async def run_soak(plan: Plan, installation: SoakInstallation, print_line: PrintLine) -> SoakResult:
    """Start everything and soak it."""
    lms = FaultyLms(secret=installation.environment.lms_secret)
    await lms.open(installation.environment.lms_port)
    for program in installation.programs:
        program.start()
    await installation.until_ready()
    database_reader = DatabaseReader(installation.database_url)
    try:
        load = create_load(installation.environment, lms, plan)
        return await SoakRun(
            plan=plan,
            installation=installation,
            lms=lms,
            load=load,
            database_reader=database_reader,
            print_line=print_line,
        ).run()
    finally:
        database_reader.close()
        await lms.close()


def _run_flask(installation: SoakInstallation, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command as an operator does."""
    arguments = [sys.executable, *FLASK_COMMAND, *command]
    environment = installation.web.environment
    return subprocess.run(
        arguments, cwd=PROJECT_FOLDER, env=environment, check=False, capture_output=True, text=True
    )  # ours
