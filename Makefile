# Every target works as the first command in a fresh clone: it needs python3 >= 3.11 with venv, git and make.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
DOMAIN := sentinel_cli/domain/*

# The tests of `make test` and of `make check` are one and the same command. Two workers: most of the time is waiting.
# By file, since files share what is slow to start; loadgroup groups nothing under pytest 9.2 (pytest-xdist #1386).
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile $(PYTEST_ARGS)

.PHONY: help demo test check torture serve docs bench picture format format-check lint types contracts coverage venv install lock clean

help:  ## say what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(STAMP)  ## show the whole loop against the stand-in for GHL
	@$(BIN)/sentinel demo

test: $(STAMP)  ## run the tests
	@$(PYTEST)

check: format-check lint types contracts coverage  ## everything a change must pass, the tests included

# What has a long form tries much harder here, and prints its figures: they stand in docs/reliability.md.
torture: $(STAMP)  ## run the long forms: kills, crashes, faults, floods (some minutes)
	@SENTINEL_TORTURE=1 $(PYTEST) -m torture

serve: $(STAMP)  ## run the receiver on port 8000
	@$(BIN)/sentinel serve --host 127.0.0.1 --port 8000

docs: $(STAMP)  ## write what the documents show of the program anew
	@$(BIN)/python -m docs.generate

bench: $(STAMP)  ## measure it all beside its floors and write benchmarks/RESULTS.md (a quarter of an hour)
	@$(BIN)/python -m benchmarks

picture: $(STAMP)  ## take the picture of the report's page anew (needs Chromium)
	@$(BIN)/python -m docs.pictures

format: $(STAMP)  ## rewrite the code in the house's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --exit-zero --quiet .

format-check: $(STAMP)
	@$(BIN)/ruff format --check .

lint: $(STAMP)  ## look for mistakes a linter knows
	@$(BIN)/ruff check .

types: $(STAMP)  ## check the types, strictly
	@$(BIN)/mypy

contracts: $(STAMP)  ## check that imports point one way
	@$(BIN)/lint-imports

coverage: $(STAMP)  ## run the tests and hold the coverage gates
	@$(PYTEST) --cov --cov-report=
	@$(BIN)/coverage report --skip-covered --skip-empty --fail-under=95
	@$(BIN)/coverage report --skip-covered --skip-empty --include='$(DOMAIN)' --fail-under=100

install:  ## put sentinel on this host for cron: the locked packages alone, taking the old ones' place in one step
	@PYTHON=$(PYTHON) deploy/install.sh

venv: $(STAMP)  ## make .venv from the lock file

# Where `make install` was typed .venv is a link, and what it leads to is cron's: it is neither changed nor removed.
keep_crons = test ! -L $(1) || { echo 'error: $(1) is what make install has made for cron' >&2; \
	echo 'next: work in another clone, or beside it: make VENV=.venvs/dev ...' >&2; exit 1; }

# Redone when the lock changes. --no-deps: whatever the lock does not name is not installed.
$(STAMP): requirements-dev.lock pyproject.toml
	@$(call keep_crons,$(VENV))
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Sentinel needs python3 >= 3.11; name one with: make PYTHON=python3.12 ...' >&2; exit 1; }
	@echo 'Installing into $(VENV) (once; about a minute)' >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --require-hashes --no-deps -r requirements-dev.lock
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# `make lock` keeps the pins that still fit pyproject.toml; `make lock LOCK_ARGS=--upgrade` takes the newest.
LOCK := $(VENV)/lock/bin/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --custom-compile-command 'make lock'

lock: $(STAMP)  ## write the lock files anew from pyproject.toml
	@test -x $(VENV)/lock/bin/uv || { $(PYTHON) -m venv $(VENV)/lock && $(VENV)/lock/bin/pip install -qq uv; }
	@$(LOCK) --extra app --extra fast --extra report --group dev -o requirements-dev.lock $(LOCK_ARGS)
	@$(LOCK) --extra app --extra fast --group build --constraint requirements-dev.lock -o requirements.lock $(LOCK_ARGS)

clean:  ## remove what make and the tests made (not data/, not .env)
	@$(call keep_crons,.venv)
	@rm -rf $(VENV) .venvs .coverage .coverage.* .hypothesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
