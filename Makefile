# Everything a person types. Needs Python 3.11+ with venv, and make; nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Each worker has folders, ports and a PostgreSQL of its own. Two cores carry four, for a test often
# waits for somebody; the tests of a file stay together, and the slow layers come first.
PARALLEL := -n 4 --dist loadfile --no-loadscope-reorder

# Nobody compiles the sources anew in each process, though the machine may be set to keep no bytecode.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run setup test unit house contract integration acceptance browser lint chaos faults drill bench tamper sbom clean

run: $(VENV)/.ready  ## the daemon and the sandbox, until Ctrl-C
	@$(BIN)/publisher up

setup: $(VENV)/.ready  ## only install

$(VENV)/.ready: requirements.lock requirements-build.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Publisher needs Python 3.11 or newer: make PYTHON=python3.11 run"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock -r requirements-build.lock
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

$(VENV)/.ready-test: requirements-test.lock $(VENV)/.ready
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-test.lock
	@touch $@

test: $(VENV)/.ready-test lint  ## every test, on as many processors as there are
	@$(BIN)/python -m pytest $(PARALLEL)

unit: $(VENV)/.ready-test  ## what needs no database, no server and no time
	@$(BIN)/python -m pytest tests/unit

house contract integration acceptance browser: $(VENV)/.ready-test  ## one layer of the tests
	@$(BIN)/python -m pytest $(PARALLEL) tests/$@

lint: $(VENV)/.ready-test
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo > /dev/null || $(BIN)/lint-imports --no-cache

chaos: $(VENV)/.ready-test  ## kill -9 of daemon and desk at random, long version
	@$(BIN)/python -m tests.chaos

tamper: $(VENV)/.ready-test  ## what somebody can do who writes the database and has no key
	@$(BIN)/python -m tests.tamper

faults: $(VENV)/.ready-test  ## the matrix network x fault x crash point
	@$(BIN)/python -m tests.faults

drill: $(VENV)/.ready-test  ## back up, decide, publish, restore, adopt: with the real commands
	@$(BIN)/python -m tests.drill

bench: $(VENV)/.ready-test  ## ratios beside the bare database and APScheduler job stores
	@$(BIN)/python -m tests.bench

sbom: $(VENV)/.ready  ## what is shipped with it, as CycloneDX JSON; contrib/sbom.py --licences lists licences
	@$(BIN)/python contrib/sbom.py

clean:
	rm -rf $(VENV) data witness
