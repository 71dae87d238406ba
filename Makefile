# The commands of the README. `make demo` and `make test` set up everything they need on a fresh machine.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
export DAGSTER_HOME := $(CURDIR)
export DAGSTER_DISABLE_TELEMETRY := 1

.PHONY: help setup demo test lint types ui lock bench house clean browser

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/'

setup: $(VENV)/.installed  ## Create the virtual environment from the lock

$(VENV)/.installed: requirements.lock pyproject.toml setup.cfg
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $@

demo: setup  ## Materialize everything for the embedded sample and show the verdict
	$(BIN)/synth-assets run --sample || [ $$? -eq 2 ]  # 2: the report permits no release, and says why

ui: setup  ## Start the web UI on http://127.0.0.1:3000
	$(BIN)/synth-assets ui

test: setup browser lint types  ## Lint, types and the whole test suite
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: setup  ## Check the style
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: setup  ## Check the types, strictly
	$(BIN)/mypy

# The browser tests need Chromium. It is installed if that is possible without asking.
browser:
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq && apt-get install -y -qq chromium >/dev/null; } \
	  || echo "chromium not found: the browser tests will be skipped"

bench: setup  ## Measure rows/s, characters/s, tokens/s and peak memory by stage
	$(BIN)/python benchmarks/cost.py

house: setup  ## Draw the rooms of the code, count what is in them
	$(BIN)/python docs/house.py

lock:  ## Resolve requirements.lock again
	$(BIN)/uv pip compile --quiet pyproject.toml --extra embedded --extra adaptation --extra object-store --extra dev --universal --python-version 3.11 \
	  --override requirements.overrides --no-emit-index-url --no-annotate --generate-hashes \
	  --custom-compile-command "make lock" -o requirements.lock

clean:  ## Remove everything that make built, but no data
	rm -rf $(VENV) build *.egg-info
