# One command surface; CI types the same words. Works in a folder whose name holds spaces.
SHELL := /bin/sh
PYTHON_RUN := .venv/bin/python
RETRIEVAL := $(PYTHON_RUN) -m scripts.main
LOCK_FLAGS := --generate-hashes --universal --no-header --no-emit-index-url --no-annotate \
	--python-version 3.11 --quiet

.DEFAULT_GOAL := help
.PHONY: help up down status preview test test-fast test-long check format docs golden bench lock clean venv venv-dev

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

up: venv ## bring up the local stack, index the sample lessons, answer two queries
	@$(RETRIEVAL) quickstart

down: venv ## stop the local stack; its data stays
	@$(RETRIEVAL) down

status: venv ## what runs where
	@$(RETRIEVAL) status

STACK ?= prod
preview: venv ## plan and price of a stack on AWS without an account: STACK=prod
	@$(RETRIEVAL) preview --stack "$(STACK)"

test: venv-dev ## all tests; builds the Pulumi CLI first where none can be had
	@$(RETRIEVAL) toolchain || echo "no Pulumi CLI: the engine layer will be skipped by name" >&2
	@$(PYTHON_RUN) -m pytest --expect-counts --durations=5

test-fast: venv-dev ## unit and contract tests, no engine: for every save
	@$(PYTHON_RUN) -m pytest --expect-counts tests/unit tests/contract -m "not slow"

test-long: venv-dev ## 10,000 random settings of each kind through the AWS program; over an hour
	@LONG_TEST_EXAMPLES=10000 $(PYTHON_RUN) -m pytest tests/program/test_random_settings.py

check: venv-dev ## lint, format, types, generated pages
	@$(PYTHON_RUN) -m ruff check .
	@$(PYTHON_RUN) -m ruff format --check .
	@$(PYTHON_RUN) -m basedpyright
	@$(PYTHON_RUN) -m tools.docs --check

format: venv-dev ## apply the formatter
	@$(PYTHON_RUN) -m ruff check --fix .
	@$(PYTHON_RUN) -m ruff format .

docs: venv-dev ## write the generated parts of the documentation
	@$(PYTHON_RUN) -m tools.docs

golden: venv-dev ## record the number of collected tests
	@$(PYTHON_RUN) -m tools.counts

bench: venv ## ratios measured in one run: engine, store, indexing, search, sparse, gateway, preview
	@$(RETRIEVAL) up >/dev/null
	@for what in engine qdrant index search sparse gateway preview; do \
		echo "--- $$what"; $(PYTHON_RUN) -m loadtests.bench_$$what || exit 1; done

lock: venv-dev ## write the locks anew from pyproject.toml
	@$(PYTHON_RUN) -m uv pip compile pyproject.toml --group dev $(LOCK_FLAGS) -o requirements/dev.lock.txt
	@$(PYTHON_RUN) -m uv pip compile pyproject.toml --group build $(LOCK_FLAGS) \
		-c requirements/dev.lock.txt -o requirements/run.lock.txt

clean: ## remove what can be made again; stacks and their data stay
	@rm -rf .venv .tools .pytest_cache .ruff_cache .hypothesis

venv:
	@sh tools/venv.sh run

venv-dev:
	@sh tools/venv.sh dev
