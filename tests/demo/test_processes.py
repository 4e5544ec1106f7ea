"""The demo leaves no process behind, and names the process that failed."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from demo.environment import PROJECT_FOLDER
from demo.errors import DemoError
from demo.processes import raise_if_ended, run_processes, run_to_completion
from demo.waiting import wait_until

ENVIRONMENT = {"PATH": os.environ["PATH"], "PYTHONPATH": str(PROJECT_FOLDER)}
SLEEPING = ["-c", "import time; time.sleep(600)"]
IGNORES_SIGTERM = [
    "-c",
    "import signal, time; signal.signal(15, signal.SIG_IGN);"
    "print('ignores SIGTERM', flush=True); time.sleep(600)",
]
STARTS_A_CHILD = [
    "-c",
    "import subprocess as s, time;"
    "print(s.Popen(['sleep', '600']).pid, flush=True); time.sleep(600)",
]
EXITS_WITH_3 = ["-c", "print('no such table'); raise SystemExit(3)"]


def read_output(log: Path, timeout_seconds: float = 10) -> str:
    """Wait for output of a process and return it."""
    deadline = time.monotonic() + timeout_seconds
    while not log.exists() or not log.read_text().endswith("\n"):
        assert time.monotonic() < deadline, f"nothing in {log}"
        time.sleep(0.02)
    return log.read_text()


def has_ended(pid: int, timeout_seconds: float = 10) -> bool:
    deadline = time.monotonic() + timeout_seconds
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.02)
    return False


def test_processes_get_sigterm_when_the_block_ends(tmp_path: Path) -> None:
    with run_processes({"one": SLEEPING, "two": SLEEPING}, ENVIRONMENT, tmp_path) as processes:
        raise_if_ended(processes)
    assert [process.popen.returncode for process in processes] == [-signal.SIGTERM] * 2


def test_processes_end_with_a_block_that_fails(tmp_path: Path) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        run_processes({"one": SLEEPING}, ENVIRONMENT, tmp_path) as (process,),
    ):
        _ = 1 / 0
    assert process.popen.returncode == -signal.SIGTERM


def test_a_process_that_does_not_end_when_asked_is_killed(tmp_path: Path) -> None:
    with run_processes(
        {"ignores SIGTERM": IGNORES_SIGTERM}, ENVIRONMENT, tmp_path, stop_timeout=0.1
    ) as (process,):
        read_output(process.log)
    assert process.popen.returncode == -signal.SIGKILL


def test_what_a_process_started_ends_with_it(tmp_path: Path) -> None:
    with run_processes({"parent": STARTS_A_CHILD}, ENVIRONMENT, tmp_path) as (process,):
        child_pid = int(read_output(process.log))
        assert not has_ended(child_pid, timeout_seconds=0)
    assert has_ended(child_pid)


@pytest.mark.parametrize("inherited", ["SIG_DFL", "SIG_IGN"], ids=["in front", "after nohup &"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_to_the_demo_ends_its_processes(
    tmp_path: Path, number: int, inherited: str
) -> None:
    script = (
        "import pathlib, signal, sys, time\n"
        f"signal.signal(signal.SIGINT, signal.{inherited})\n"
        "from demo.processes import run_processes\n"
        "commands = {'one': ['-c', 'import time; time.sleep(600)']}\n"
        "with run_processes(commands, {}, pathlib.Path(sys.argv[1])) as (one,):\n"
        "    print(one.popen.pid, flush=True)\n"
        "    time.sleep(600)\n"
    )
    popen = subprocess.Popen(  # our own arguments, no shell
        [sys.executable, "-c", script, str(tmp_path)],
        env=ENVIRONMENT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert popen.stdout
    child_pid = int(popen.stdout.readline())
    popen.send_signal(number)
    popen.communicate(timeout=10)
    assert popen.returncode != 0
    assert has_ended(child_pid)


def test_a_process_that_died_is_named_with_its_log_and_the_end_of_it(tmp_path: Path) -> None:
    with run_processes({"worker": EXITS_WITH_3}, ENVIRONMENT, tmp_path) as processes:
        processes[0].popen.wait()
        with pytest.raises(
            DemoError, match=r"worker ended with exit code 3\n.*worker\.log\nno such table"
        ):
            raise_if_ended(processes)


def test_a_step_that_fails_is_named_with_its_log_and_the_end_of_it(tmp_path: Path) -> None:
    run_to_completion("upgrade", ["-c", "pass"], ENVIRONMENT, tmp_path)
    with pytest.raises(
        DemoError, match=r"upgrade ended with exit code 3\n.*upgrade\.log\nno such table"
    ):
        run_to_completion("upgrade", EXITS_WITH_3, ENVIRONMENT, tmp_path)


def test_waiting_ends_when_nothing_is_missing_any_more() -> None:
    missing_texts = ["no answer", "503", ""]
    wait_until("starting", lambda: missing_texts.pop(0), ())
    assert missing_texts == []


def test_a_timeout_names_what_is_missing_and_shows_the_process_logs(tmp_path: Path) -> None:
    with run_processes(
        {"web": IGNORES_SIGTERM}, ENVIRONMENT, tmp_path, stop_timeout=0
    ) as processes:
        read_output(processes[0].log)
        with pytest.raises(
            DemoError, match=r"not within 0 s: no answer\n.*web\.log\nignores SIGTERM"
        ):
            wait_until("starting", lambda: "no answer", processes, timeout_seconds=0)


def test_waiting_ends_at_once_when_a_process_dies(tmp_path: Path) -> None:
    with (
        run_processes({"web": EXITS_WITH_3}, ENVIRONMENT, tmp_path) as processes,
        pytest.raises(DemoError, match="web ended"),
    ):
        wait_until("starting", lambda: "no answer", processes)
