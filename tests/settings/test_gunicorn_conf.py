"""gunicorn.conf.py: the options of the web processes, read from the environment."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gunicorn.config import Config

ROOT = Path(__file__).parents[2]
WORKER_CLASS = "gunicorn_buffered.worker.BufferedThreadWorker"
Conf = Callable[..., dict[str, Any]]


@pytest.fixture
def conf(monkeypatch: pytest.MonkeyPatch) -> Conf:
    """Read the file with this environment and no other settings."""
    for name in ("DATABASE_URL", "PORT", "WEB_CONCURRENCY"):
        monkeypatch.delenv(name, raising=False)

    def read(**environment: str) -> dict[str, Any]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "gunicorn.conf.py"))

    return read


SQLITE = {"by default": {}, "by its address": {"DATABASE_URL": "sqlite:///results.db"}}
POSTGRESQL = {
    "postgresql://": "postgresql://u:p@h/d",
    "postgres://, as Heroku has it": "postgres://u:p@h/d",
}


@pytest.mark.parametrize("concurrency", ["1", "4"])
@pytest.mark.parametrize("environment", SQLITE.values(), ids=SQLITE.keys())
def test_sqlite_has_one_process_with_threads_whatever_is_asked_for(
    conf: Conf, environment: dict[str, str], concurrency: str
) -> None:
    read = conf(**environment, WEB_CONCURRENCY=concurrency)

    assert (read["workers"], read["worker_class"]) == (1, WORKER_CLASS)
    assert read["threads"] > 1


@pytest.mark.parametrize("url", POSTGRESQL.values(), ids=POSTGRESQL.keys())
def test_postgresql_has_as_many_processes_as_asked_for(conf: Conf, url: str) -> None:
    read = conf(DATABASE_URL=url, WEB_CONCURRENCY="5")

    assert (read["workers"], read["worker_class"]) == (5, WORKER_CLASS)


def test_postgresql_has_two_processes_where_nothing_is_asked_for(conf: Conf) -> None:
    assert conf(DATABASE_URL="postgres://h/d")["workers"] == 2


def test_the_platform_says_on_which_port_to_listen(conf: Conf) -> None:
    assert conf()["bind"] == "0.0.0.0:8000"
    assert conf(PORT="5123")["bind"] == "0.0.0.0:5123"


@pytest.mark.parametrize("name", ["PORT", "WEB_CONCURRENCY"])
@pytest.mark.parametrize("given", ["many", "0", "-1", "1.5", "99999", "²"])
def test_what_is_no_number_is_named_without_a_traceback(conf: Conf, name: str, given: str) -> None:
    with pytest.raises(SystemExit, match=f"{name}: must be a whole number from 1 to"):
        conf(DATABASE_URL="postgres://h/d", **{name: given})


def test_an_empty_number_is_none(conf: Conf) -> None:
    read = conf(DATABASE_URL="postgres://h/d", PORT="", WEB_CONCURRENCY="")

    assert (read["bind"], read["workers"]) == ("0.0.0.0:8000", 2)


def test_what_is_begun_is_finished_before_a_platform_kills(conf: Conf) -> None:
    assert 20 <= conf()["graceful_timeout"] < 30


def test_gunicorn_accepts_all_of_it(conf: Conf) -> None:
    known = Config()

    for name, value in conf().items():
        if name in known.settings:
            known.set(name, value)

    assert (known.address, known.threads) == ([("0.0.0.0", 8000)], 16)  # noqa: S104  # in a container it must
