# `make demo` and `make test` are all a newcomer needs; both set everything up first.

BIN := .venv/bin
# Tests mostly wait for real servers, so more of them than cores run at once. Their files run in the
# order of their names: the quick unit tests come last, so that no worker ends long before the others.
WORKERS ?= 4

export PROMETHEUS PROMTOOL

# Each worker collects all tests: without the bytecode of earlier runs that takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help demo unit test prometheus3 check bench docs fmt setup debian-packages clean

help:  ## Show these lines
	@sed -n 's/^\([a-z0-9]*\):.*## /make \1: /p' $(MAKEFILE_LIST)

demo: .venv/.made  ## A real cluster loses its leader, a simulated month is reported
	@scripts/install-debian-packages prometheus etcd-server
	$(BIN)/slokit demo $(DEMO_ARGS)

unit: .venv/.made  ## Unit tests, in seconds: no server, no wheel
	$(BIN)/python -m pytest -q -n 2 --hypothesis-profile quick tests/unit tests/cases $(TEST_ARGS)

test: setup  ## Run all tests
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder $(TEST_ARGS)

prometheus3:  ## Build the pinned Prometheus 3 and promtool, outside of this tree (needs Go)
	@programs="$$(scripts/build-prometheus3)" && \
	  echo "run the tests on servers against it with:" && \
	  echo "  make test TEST_ARGS=tests/prometheus PROMETHEUS=$$programs/prometheus PROMTOOL=$$programs/promtool"

check: .venv/.made  ## Lint, format, types, layers, and drift of reference and committed output
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.write_reference --check
	@if [ -d alert-rules ]; then \
	  echo "$(BIN)/slokit compile --check"; $(BIN)/slokit compile --check; \
	else \
	  echo "no committed output yet: no drift to check"; \
	fi

bench: setup  ## Print figures: compile time, rule cost, report time
	$(BIN)/python -m pytest -o python_files='bench_*.py' -o python_functions='bench_*' -p no:xdist -q -s tests/benchmarks

docs: .venv/.made  ## Write the reference anew, from what the program knows about itself
	$(BIN)/python -m scripts.write_reference

fmt: .venv/.made  ## Format the code and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet
	$(BIN)/ruff format

setup: debian-packages .venv/.made

debian-packages:
	@scripts/install-debian-packages

.venv/.made: pyproject.toml constraints.txt scripts/make-venv
	@scripts/make-venv

clean:  ## Remove the virtual environment and all caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
