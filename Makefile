# make run    the bank on http://127.0.0.1:8000/ (installs what is missing, makes a demo bank on the first run)
# make stop   ends what `make run` started
# make test   all tests            make test ARGS="-k transfer"
# make lint   style, types, arrows of imports
# make bench  speed and size, as a table and as JSON
# make manage ARGS="verify_ledger"   any manage.py command against the running bank
# make format | make lock            rewrite the style | the lock files

OLD_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for python in python3.11 python3 python3.12 python3.13; do \
	$$python $(OLD_ENOUGH) 2>/dev/null && echo $$python && break; done)
PORT ?= 8000
# One more than two cores: browsers, servers and engines leave a core idle now and then.
WORKERS ?= 3
ARGS ?=
HOUSE = $(PYTHON) -m cloudbank.house
BIN := .venv/bin

# Where it is set, each of our processes would compile the whole bank anew: 4 seconds instead of 1.5.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := run
.PHONY: run stop setup test lint format bench manage lock python

run: python
	@$(HOUSE) run --port "$(PORT)"

stop: python
	@$(HOUSE) stop

setup: python
	@$(HOUSE) setup

manage: python
	@$(HOUSE) manage $(ARGS)

test: setup
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

# DEBUG lets the settings load without a secret key: mypy's Django plugin imports them.
lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	DEBUG=on $(BIN)/mypy
	$(BIN)/lint-imports
	@if command -v shellcheck >/dev/null; then shellcheck .ci/run deploy/build-release deploy/bank-task deploy/keep-older-bank $$(grep -l '^#!/bin' deploy/host/*); fi

format: setup
	$(BIN)/ruff check --fix --quiet . || true
	$(BIN)/ruff format .

bench: setup
	$(BIN)/python -m benchmarks $(ARGS)

COMPILE = $(BIN)/uv pip compile --quiet --upgrade --generate-hashes --universal --python-version 3.11 \
	--custom-compile-command "make lock"
lock: setup
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) cloudbank/house/nodejs.in -o cloudbank/house/nodejs.txt
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

python:
	@test -n "$(PYTHON)" && $(PYTHON) $(OLD_ENOUGH) 2>/dev/null || { \
		echo "Stopped: Python 3.11 or newer is needed; on Debian: apt-get install python3 python3-venv, or: make run PYTHON=/path/to/python3.11" >&2; \
		exit 1; }
