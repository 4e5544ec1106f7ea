# `make demo` shows the service at work, `make run` serves it, `make test` tests it.
# `make check` tests the fast half in a minute, `make test-slow` runs what kills, drives a browser or measures.

.PHONY: help demo run check test test-slow lint types audit pytest faults soak bench bench-growth \
        format pins screenshots clean

NEEDED := import sys, venv; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(firstword $(foreach each,python3 python3.14 python3.13 python3.12 python3.11,\
            $(shell $(each) -c '$(NEEDED)' 2>/dev/null && echo $(each))))
BIN := .venv/bin

help:
	@grep -h '^# ' $(MAKEFILE_LIST)
	@echo "targets: demo run check test test-slow lint types audit pytest faults soak bench" \
	      "bench-growth format pins screenshots clean"

demo: .venv/for-running
	$(BIN)/python -m demo

# One test process for each processor; each has its own PostgreSQL server.
PYTEST := $(BIN)/pytest --numprocesses logical --maxprocesses 8 --dist worksteal

check: lint types
	$(PYTEST) -m "not slow and not thorough" $(ARGS)

test: lint types audit
	$(PYTEST) -m "not slow" $(ARGS)

test-slow: .venv/for-testing
	$(PYTEST) -m slow $(ARGS)

# honcho would choose port 5000; PORT from the environment or .env comes first.
RUN_PORT := $(or $(PORT),$(shell sed -n 's/^PORT=//p' .env 2>/dev/null),8000)

run: .venv/for-testing
	$(BIN)/honcho run $(BIN)/flask --app wsgi db upgrade
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/honcho start --port $(RUN_PORT) web worker

lint: .venv/for-testing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/for-testing
	$(BIN)/mypy

# `make pytest ARGS=tests/api/test_access.py` runs the tests of one file.
pytest: .venv/for-testing
	$(BIN)/pytest $(ARGS)

audit: .venv/for-testing
	$(BIN)/python -m audit

# Kill processes, stop the database, fill the disk and set the clock of an installation, then compare
# what was sent, stored and delivered. FAULT_ROUNDS=20 does so for longer.
faults: .venv/for-testing
	$(BIN)/pytest tests/faults $(ARGS)

# Ten minutes on each database, unless MINUTES, DATABASE and SEED say otherwise.
soak: .venv/for-testing
	$(BIN)/python -m bench.soak

# All benchmarks take about 20 minutes; BENCHMARK, DATABASE, ROUNDS, SECONDS and LOAD select.
bench: .venv/for-testing
	$(BIN)/python -m bench

bench-growth: .venv/for-testing
	$(BIN)/python -m bench.growth

format: .venv/for-testing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pins: .venv/for-testing
	$(BIN)/pip-compile $(PIN) --output-file requirements.txt requirements.in
	$(BIN)/pip-compile $(PIN) --output-file requirements-dev.txt requirements-dev.in

PIN := --quiet --upgrade --strip-extras --no-header \
       --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

.venv/for-running: requirements.txt
	@test -n "$(PYTHON)" || \
	  { echo "Needs Python 3.11 or newer, with venv (on Debian: apt install python3-venv)."; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/for-testing: .venv/for-running requirements-dev.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

screenshots: .venv/for-testing
	$(BIN)/python -m tests.browser.screenshots

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
