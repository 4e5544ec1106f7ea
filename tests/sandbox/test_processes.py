"""The demo leaves no process behind, and says which one let it down."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from proctor_results.sandbox.demo.faults import DemoError
from proctor_results.sandbox.demo.premises import HOME
from proctor_results.sandbox.demo.processes import check, complete, running
from proctor_results.sandbox.demo.waiting import wait_until

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(HOME)}
SLEEPS = ["-c", "import time; time.sleep(600)"]
IS_DEAF = ["-c", "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)"]
HAS_A_CHILD = ["-c", "import subprocess as s, time; print(s.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)"]
DIES = ["-c", "print('no such table'); raise SystemExit(3)"]


def said(log: Path, timeout: float = 10) -> str:
    """What a process has said once it has said something."""
    deadline = time.monotonic() + timeout
    while not log.exists() or not log.read_text().endswith("\n"):
        assert time.monotonic() < deadline, f"nothing in {log}"
        time.sleep(0.02)
    return log.read_text()


def gone(pid: int, timeout: float = 10) -> bool:
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_processes_are_asked_to_end_with_the_block(tmp_path: Path) -> None:
    with running({"one": SLEEPS, "two": SLEEPS}, ENVIRONMENT, tmp_path) as processes:
        check(processes)
    assert [process.popen.returncode for process in processes] == [-signal.SIGTERM] * 2


def test_processes_end_with_a_block_that_fails(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), running({"one": SLEEPS}, ENVIRONMENT, tmp_path) as (process,):
        _ = 1 / 0
    assert process.popen.returncode == -signal.SIGTERM


def test_a_process_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    with running({"deaf": IS_DEAF}, ENVIRONMENT, tmp_path, patience=0.1) as (process,):
        said(process.log)
    assert process.popen.returncode == -signal.SIGKILL


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    with running({"parent": HAS_A_CHILD}, ENVIRONMENT, tmp_path) as (process,):
        child = int(said(process.log))
        assert not gone(child, timeout=0)
    assert gone(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_demo_ends_its_processes(tmp_path: Path, number: int) -> None:
    demo = (
        "import pathlib, sys, time\n"
        "from proctor_results.sandbox.demo.processes import running\n"
        "with running({'one': ['-c', 'import time; time.sleep(600)']}, {}, pathlib.Path(sys.argv[1])) as (one,):\n"
        "    print(one.popen.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    popen = subprocess.Popen(  # noqa: S603  # our own arguments, no shell
        [sys.executable, "-c", demo, str(tmp_path)],
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert popen.stdout
    process = int(popen.stdout.readline())
    popen.send_signal(number)
    popen.communicate(timeout=10)
    assert popen.returncode != 0
    assert gone(process)


def test_a_process_that_died_is_named_with_its_log_and_the_end_of_it(tmp_path: Path) -> None:
    with running({"worker": DIES}, ENVIRONMENT, tmp_path) as processes:
        processes[0].popen.wait()
        with pytest.raises(DemoError, match=r"worker ended with exit code 3\n.*worker\.log\nno such table"):
            check(processes)


def test_a_step_that_fails_is_named_with_its_log_and_the_end_of_it(tmp_path: Path) -> None:
    complete("upgrade", ["-c", "pass"], ENVIRONMENT, tmp_path)
    with pytest.raises(DemoError, match=r"upgrade ended with exit code 3\n.*upgrade\.log\nno such table"):
        complete("upgrade", DIES, ENVIRONMENT, tmp_path)


def test_waiting_ends_when_nothing_is_missing_any_more() -> None:
    gaps = ["no answer", "503", ""]
    wait_until("starting", lambda: gaps.pop(0), ())
    assert gaps == []


def test_waiting_too_long_says_what_is_missing_and_what_the_processes_said(tmp_path: Path) -> None:
    with running({"web": IS_DEAF}, ENVIRONMENT, tmp_path, patience=0) as processes:
        said(processes[0].log)
        with pytest.raises(DemoError, match=r"not within 0 s: no answer\n.*web\.log\ndeaf"):
            wait_until("starting", lambda: "no answer", processes, seconds=0)


def test_waiting_ends_at_once_when_a_process_dies(tmp_path: Path) -> None:
    with running({"web": DIES}, ENVIRONMENT, tmp_path) as processes, pytest.raises(DemoError, match="web ended"):
        wait_until("starting", lambda: "no answer", processes)
