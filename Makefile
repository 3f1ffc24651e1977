# Mailroom's commands. `make` alone lists them. Everything is set up on the way; nothing outside this folder is touched.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

UV := .tools/bin/uv
PYTHON := .venv/bin/python
export UV_PYTHON_DOWNLOADS ?= automatic
# Some machines forbid bytecode caches; without them every start compiles the SDKs anew, which takes seconds.
unexport PYTHONDONTWRITEBYTECODE
export SAM_CLI_TELEMETRY := 0

.PHONY: help setup sam-setup demo test check lint types imports fix lock sam-build sam-validate sam-local-check clean
help:  ## List the commands
	@grep -hE '^[a-z%-]+:.*##' $(MAKEFILE_LIST) | sort | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: .venv/.ready .twin/.ready  ## Install everything (idempotent): uv, .venv with Python 3.13, the emulator's own environment

.tools/.ready: requirements-tools.txt
	@python3 -m venv .tools
	@.tools/bin/python -m pip install --quiet --require-hashes --requirement requirements-tools.txt
	@touch $@

.venv/.ready: .tools/.ready requirements-dev.txt pyproject.toml
	@$(UV) venv -qq --allow-existing --python 3.13 .venv
	@$(UV) pip sync --quiet --python $(PYTHON) --require-hashes requirements-dev.txt
	@$(UV) pip install --quiet --python $(PYTHON) --no-deps --no-build-isolation --editable .
	@touch $@

.twin/.ready: .tools/.ready requirements-twin.txt
	@$(UV) venv -qq --allow-existing --python 3.13 .twin
	@$(UV) pip sync --quiet --python .twin/bin/python --require-hashes requirements-twin.txt
	@touch $@

.sam/.ready: .tools/.ready requirements-sam.txt
	@$(UV) venv -qq --allow-existing --python 3.13 .sam
	@$(UV) pip sync --quiet --python .sam/bin/python --require-hashes requirements-sam.txt
	@touch $@

sam-setup: .sam/.ready  ## Install the SAM command line tool beside the project

# The functions' processor. A layer's makefile cannot see the template's parameters, so both are told here.
ARCH ?= arm64
SAM := PATH="$(CURDIR)/.venv/bin:$$PATH" UV="$(CURDIR)/$(UV)" PYTHON="$(CURDIR)/$(PYTHON)" ARCH=$(ARCH) .sam/bin/sam

sam-build: setup sam-setup  ## Build functions and layers as Lambda gets them, into .aws-sam (ARCH=arm64 or x86_64)
	@$(SAM) build --parameter-overrides Architecture=$(ARCH)

sam-validate: setup sam-setup  ## Check template.yaml as SAM and as CloudFormation see it
	@$(SAM) validate --lint

THIS_ARCH := $(shell uname -m | sed 's/aarch64/arm64/')

.PHONY: sam-image
sam-image: setup sam-setup  ## Build Lambda's base image from Debian packages, where the public one cannot be pulled
	@$(PYTHON) -m local.containers.base_image

# Without a Docker engine the same artifacts still run, as processes; what needs one says why it is skipped.
sam-local-check:  ## Build for this machine, and run what was built on the twin: as processes and by `sam local`
	@$(MAKE) --no-print-directory sam-build ARCH=$(THIS_ARCH)
	@$(PYTHON) -m local.containers.base_image || echo "So no container is started below."
	@MAILROOM_CONTAINERS=1 $(PYTHON) -m pytest -q -m sam --durations=12 tests/integration/test_twin_artifacts.py tests/twin

demo: setup  ## Push 27 mails and forms through the whole pipeline and show what became of each
	@.venv/bin/mailroom demo

test: setup  ## Run the whole default test suite
	@$(PYTHON) -m pytest -n 2 --dist loadfile

.PHONY: test-browser
test-browser: setup  ## Open the console in Chromium and use it as people do (installs Debian's Chromium if it is missing)
	@tools/install_chromium.sh
	@$(PYTHON) -m pytest -m browser tests/browser

check: setup lint types imports audit  ## Run every static check

lint:
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .

types:
	@.venv/bin/mypy

imports:
	@.venv/bin/lint-imports

fix: setup  ## Format, and mend what ruff can mend by itself
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

COMPILE = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header --universal --python-version 3.13
lock: .tools/.ready  ## Resolve the pins anew
	@$(COMPILE) layers/dependencies/requirements.in --output-file layers/dependencies/requirements.txt
	@for name in dev twin sam tools bench audit; do $(COMPILE) requirements-$$name.in --output-file requirements-$$name.txt; done

clean:  ## Remove every environment, cache and build output
	@rm -rf .venv .tools .twin .sam .bench .audit .aws-sam build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.bench/.ready: .tools/.ready requirements-bench.txt
	@$(UV) venv -qq --allow-existing --python 3.13 .bench
	@$(UV) pip sync --quiet --python .bench/bin/python --require-hashes requirements-bench.txt
	@touch $@

.PHONY: bench-reading fuzz-reading
bench-reading: setup  ## Measure reading on the shared corpora beside its peers (installs them in .bench)
	@$(MAKE) --no-print-directory .bench/.ready || echo "The peers could not be installed: the table says so."
	@$(PYTHON) tests/bench/bench_reading.py

FUZZ_SECONDS ?= 600
fuzz-reading: .bench/.ready  ## Fuzz reading with atheris for FUZZ_SECONDS (600); findings are kept in build/fuzz
	@mkdir -p build/fuzz/corpus
	@PYTHONPATH=layers/shared .bench/bin/python tests/fuzz/fuzz_reading.py -max_total_time=$(FUZZ_SECONDS) -max_len=8192 \
		-timeout=5 -artifact_prefix=build/fuzz/ build/fuzz/corpus $(wildcard events/emails events/forms)

.PHONY: bench-evidence bench-confidence bench-completeness
bench-evidence: setup  ## Measure how many gold values are located, and how many planted ones are believed
	@$(PYTHON) -m tests.bench.bench_evidence

bench-confidence: setup  ## Measure how honest confidence is, and whether thresholds keep their promise
	@$(PYTHON) -m tests.bench.bench_confidence

bench-completeness: setup  ## Measure how many truncated answers are noticed, and how many whole ones suspected
	@$(PYTHON) -m tests.bench.bench_completeness

.PHONY: bench-cache bench-review
bench-cache: setup  ## Measure what the cache policy pays over one that knows every arrival
	@$(PYTHON) -m tests.bench.bench_cache

bench-review: setup  ## Measure reviewing doubtful fields against reading the whole message again (simulated tokens)
	@$(PYTHON) -m tests.bench.bench_review

.PHONY: bench-hosts
bench-hosts: setup  ## Measure the twin's start and its mails per host for functions
	@$(PYTHON) -m tests.bench.bench_hosts

.PHONY: bench-console
bench-console: setup  ## Measure how long the console's pages take with 10,000 records waiting
	@$(PYTHON) -m tests.bench.bench_console

.PHONY: prove-ledger
SCHEDULES ?= 100000
FIRST_SEED ?= 1000000
prove-ledger: setup  ## Try every small schedule of faults on the ledger, and SCHEDULES (100000) random ones
	@$(PYTHON) -m tests.bench.prove_ledger $(SCHEDULES) $(FIRST_SEED)

.PHONY: bench-load
LOAD ?= 10000
PACED ?= 600
bench-load: setup  ## Push LOAD (10000) messages through the twin: rate, processor time per message, memory; PACED (600) by a slow model
	@$(PYTHON) -m tests.bench.bench_load $(LOAD) $(PACED)

.PHONY: prove-outage
QUEUED ?= 10000
prove-outage: setup  ## Keep the model out for a day with QUEUED (10000) messages waiting, on a virtual clock
	@$(PYTHON) -m tests.bench.prove_outage $(QUEUED)

.PHONY: bench-injection
bench-injection: setup  ## Measure what injected orders get past the pipeline, with every layer of the defence and without each
	@$(PYTHON) -m tests.bench.bench_injection

.PHONY: bench-batch
bench-batch: setup  ## Measure whether ten records of one invocation wait for the model together
	@$(PYTHON) -m tests.bench.bench_batch

.PHONY: bench-size bench-warm bench-scale
bench-size: setup  ## Measure how large the functions and layers of the last sam-build are
	@$(PYTHON) -m tests.bench.bench_size

AGAINST ?=
bench-warm: setup  ## Measure a warm message without the model's answer; AGAINST=<commit> compares in the same run
	@$(PYTHON) -m tests.bench.bench_warm $(if $(AGAINST),--against $(AGAINST))

MAILS_A_DAY ?= 1000000
bench-scale: setup  ## Simulate MAILS_A_DAY (1000000): queue age, cost, hot keys
	@$(PYTHON) -m tests.bench.bench_scale $(MAILS_A_DAY)

.PHONY: bench-cold-start
ROUNDS ?= 9
bench-cold-start:  ## Measure cold starts of what sam-build makes against naive ones, in ROUNDS (9) rounds
	@mkdir -p build
	@$(MAKE) --no-print-directory sam-build ARCH=$(shell uname -m | sed 's/aarch64/arm64/') > build/sam-build.log
	@$(PYTHON) -m tests.bench.bench_cold_start $(ROUNDS)

.PHONY: chaos
MESSAGES ?= 1000
SEED ?= 0
chaos: setup  ## Kill, throttle, cut and double MESSAGES (1000) messages on the twin; 0 lost, 0 doubled or it fails
	@.venv/bin/mailroom chaos --messages $(MESSAGES) --seed $(SEED) --json

.audit/.ready: .tools/.ready requirements-audit.txt
	@$(UV) venv -qq --allow-existing --python 3.13 .audit
	@$(UV) pip sync --quiet --python .audit/bin/python --require-hashes requirements-audit.txt
	@touch $@

.PHONY: audit-template
audit-template: .audit/.ready  ## Hold template.yaml against checkov's rules; exceptions and their reasons are in .checkov.yaml
	@.audit/bin/checkov --config-file .checkov.yaml

.PHONY: audit
audit: setup  ## Check pins, licences, known weaknesses and kept secrets, without a network
	@$(PYTHON) -m pytest -q tests/unit/infrastructure/test_supply_chain.py

.PHONY: bench-notice
NOTICES ?= 20
bench-notice: setup  ## Measure arrival to first notice at the published model speed (simulated), NOTICES (20) mails and forms
	@$(PYTHON) -m tests.bench.bench_notice $(NOTICES)
