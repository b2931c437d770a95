# The two commands of a newcomer: make run, make test.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
VENV := .venv
PY := $(VENV)/bin/python
STAMPS := $(VENV)/.stamps
INSTALL := $(PY) -m pip install --quiet --disable-pip-version-check --no-deps
PIN := $(VENV)/bin/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url --no-annotate -q

.PHONY: help run test test-long histories crashes fuzz install lint screenshots messages lock audit sbom clean test-packages

help: ## Say what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: install ## Run a desk with demo data on this machine
	@exec $(VENV)/bin/entraide run --demo

install: $(STAMPS)/ready ## Make .venv, fetch the front-end assets, compile the translations

$(VENV)/bin/pip:
	@bash scripts/make-venv $(VENV)

$(STAMPS)/python: requirements.lock requirements-build.lock | $(VENV)/bin/pip
	@mkdir -p $(STAMPS)
	$(INSTALL) --require-hashes -r requirements-build.lock -r requirements.lock
	@touch $@

$(STAMPS)/project: pyproject.toml setup.py $(STAMPS)/python
	$(INSTALL) --no-build-isolation -e .
	@touch $@

$(STAMPS)/assets: package-lock.json $(STAMPS)/project
	@$(PY) scripts/npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

$(STAMPS)/messages: $(shell find entraide/locale -name '*.po' 2>/dev/null) $(STAMPS)/python
	@$(PY) scripts/compile-messages
	@touch $@

$(STAMPS)/ready: $(STAMPS)/project $(STAMPS)/assets $(STAMPS)/messages
	@touch $@

$(STAMPS)/test: requirements-test.lock $(STAMPS)/ready
	$(INSTALL) --require-hashes -r requirements-test.lock
	@touch $@

test-packages:
	@bash scripts/test-packages

test: $(STAMPS)/test test-packages ## Run every check and every test, browser tests included
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest -n 2 --dist loadgroup

histories: $(STAMPS)/test ## Replay 10,000 random histories of tickets (HISTORIES=n for another number)
	HISTORIES=$${HISTORIES:-10000} $(PY) -m pytest tests/clocks/test_histories.py

crashes: $(STAMPS)/test test-packages ## Kill a desk under load 200 times, and take away what it stands on (CRASHES=n, AWAY_S=seconds)
	CRASHES=$${CRASHES:-200} AWAY_S=$${AWAY_S:-60} BACKUPS=$${BACKUPS:-10} $(PY) -m pytest tests/crash -s

fuzz: $(STAMPS)/test ## Read mutated mails for an hour (FUZZ_S=seconds)
	FUZZ_S=$${FUZZ_S:-3600} $(PY) -m pytest tests/hostile/test_mutated_mails.py -s

test-long: histories crashes fuzz ## The long checks: their results stand in docs/reliability.md

lint: $(STAMPS)/test ## Style, imports, types
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/lint-imports --no-cache
	$(VENV)/bin/mypy

screenshots: $(STAMPS)/test test-packages ## Take pictures of every screen into docs/screenshots
	$(PY) -m tests.browser.screenshots

messages: $(STAMPS)/test ## Collect the strings to translate into entraide/locale
	@$(PY) scripts/collect-messages

lock: $(STAMPS)/python ## Pin the newest allowed versions, by hash
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	$(PIN) pyproject.toml --upgrade -o requirements.lock
	$(PIN) pyproject.toml --group test -c requirements.lock -o requirements-test.lock
	$(PY) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["build-system"]["requires"], sep="\n")' \
		| $(PIN) - -c requirements.lock -o requirements-build.lock
	@$(PY) scripts/npm install --package-lock-only --ignore-scripts --omit-lockfile-registry-resolved --no-audit --no-fund --silent
	@$(PY) scripts/clean-package-lock

audit: $(STAMPS)/test ## Fail on a dependency with a known hole
	$(VENV)/bin/pip-audit --require-hashes --disable-pip -r requirements.lock
	@$(PY) scripts/npm audit --omit=dev

sbom: $(STAMPS)/test ## List the parts that Entraide stands on, as CycloneDX, into build/
	@$(PY) scripts/sbom

clean: ## Remove what was built (not var/, where the data is)
	rm -rf $(VENV) node_modules build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
