# `make` or `make help` prints what there is.

PYTHON ?= python3
PORT ?= 8000
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# Many tests wait for a process, a lease or a clock: two more at once than there are cores.
JOBS ?= $(shell echo $$(( $(CORES) + 2 )))
VENV := .venv
PY := $(VENV)/bin/python
PIP_INSTALL := $(PY) -m pip install --quiet --no-input --disable-pip-version-check --no-warn-script-location

export PIP_ROOT_USER_ACTION := ignore
export PIP_NO_COLOR := 1
# Whoever starts next finds modules compiled, whatever the surroundings say: half of what loading the tests costs.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run demo setup setup-dev setup-system test test-fast lint fix check bench replay faults tour clean

help: ## print this list
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

run: setup ## run everything on http://127.0.0.1:8000 with an invented company (PORT=8001 for another port)
	@$(end_with_make); exec $(PY) -m vocapp up --demo --port $(PORT)

demo: run ## the same as run

setup: $(VENV)/.run.stamp ## make .venv and install what the product needs

setup-dev: $(VENV)/.dev.stamp ## the same and what the tests and checks need

setup-system: setup-dev ## see to PostgreSQL, Redis and a browser for the tests (installs them where it may)
	@exec sh tests/rig/install.sh

test: setup-dev setup-system ## run all the tests, on real servers and a real browser
	@export VOCAPP_TESTS_COMPLETE=1; exec $(PY) -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder

test-fast: setup-dev ## run the tests without journeys, browser and slow ones
	@exec $(PY) -m pytest -q -n $(JOBS) --dist loadfile --no-loadscope-reorder -m "not journey and not browser and not slow"

lint: setup-dev ## style, types and floors: ruff, mypy, import-linter
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports --no-logo

fix: setup-dev ## let ruff repair and format what it can
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

check: lint test-fast ## lint and test-fast: before every commit

bench: setup-dev setup-system ## measure, and print a table of ratios
	@exec $(PY) -m bench

replay: setup-dev ## play a busy day against a running product and check its promises
	@exec $(PY) -m bench.replay

faults: setup-dev setup-system ## kill, stop, fill and restart its parts, and check that nothing is lost or doubled
	@exec $(PY) -m tests.faults $(FAULTS)

tour: setup-dev setup-system ## take the pictures of docs/tour.md anew (TOUR="--every --into DIR" takes and checks all there are)
	@exec $(PY) -m tests.tour $(TOUR)

clean: ## remove .venv and caches; your data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache bench/out
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ── stamps: a second `make run` finds everything newer than its list, and does nothing

$(VENV)/.run.stamp: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "vocapp needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1 | head -n 1)." \
	       "Try: make $(MAKECMDGOALS) PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null \
	  || { echo "Python's venv module is missing. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@echo "Installing the libraries into $(VENV) (two or three minutes, this once) …"
	@exec $(PYTHON) -m venv $(VENV)
	@exec $(PIP_INSTALL) -r requirements.txt
	@touch $@

$(VENV)/.dev.stamp: requirements-dev.txt $(VENV)/.run.stamp
	@echo "Installing what tests and checks need …"
	@exec $(PIP_INSTALL) -r requirements-dev.txt
	@touch $@

# make hands a SIGTERM on to what it runs, but of a SIGINT sent to make alone, or of its own sudden death, the product would
# never hear. So a small watch asks twice a second whether make is still there and well: in its handler it has SIGINT
# (bit 2 of SigBlk, where there is a /proc) blocked. `exec` makes the shell's number the product's own.
define end_with_make
parent=$$PPID; child=$$$$; \
( ( while kill -0 $$child; do \
      sleep 0.5; \
      case "$$(sed -n 's/^SigBlk:.*\(.\)$$/\1/p' /proc/$$parent/status)" in [2367abefABEF]) kill -TERM $$child; exit;; esac; \
      kill -0 $$parent || { kill -TERM $$child; exit; }; \
    done ) & ) </dev/null >/dev/null 2>&1
endef
