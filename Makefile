# Everything a newcomer needs is `make run` and `make test`; `make help` lists the rest.
#
# The environment in .venv is made when a target first needs it and brought up to date when the
# pinned requirements change; an interrupted installation is continued.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

VENV ?= .venv
BIN := $(VENV)/bin
# The first one that is new enough and really starts: a pyenv shim may exist and still refuse.
PYTHON ?= $(shell for name in python3.11 python3.12 python3.13 python3; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$name; break; }; done)

# The stamps carry a sum of the pins: another commit with other pins installs again.
RUN_PINS := requirements.txt constraints.txt
DEV_PINS := requirements-dev.txt $(RUN_PINS)
sum_of = $(firstword $(shell cat $(1) | cksum))
INSTALLED := $(VENV)/.installed-$(call sum_of,$(RUN_PINS))
INSTALLED_DEV := $(VENV)/.installed-dev-$(call sum_of,$(DEV_PINS))
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

PACKAGES := registry_site accounts servers search healthchecks scripts
TEMPLATES = $(wildcard $(addsuffix /templates,$(PACKAGES)))
PROSE := README.md CHANGELOG.md CONTRIBUTING.md docs
# A deployment as `manage.py check --deploy` should see it; nothing of it is connected to.
PRODUCTION := ROLLCALL_EMBEDDED=false ROLLCALL_ALLOWED_HOSTS=registry.example.org \
	REDIS_URL=redis://127.0.0.1:6379/0 \
	ROLLCALL_SECRET_KEY=only-for-the-check-0123456789-abcdefghijklmnopqrstuvwxyz

##@ Use

.PHONY: help
help: ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@ / { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: $(INSTALLED) ## Start Rollcall on http://127.0.0.1:8000 (Ctrl-C stops it)
	@$(BIN)/python -m scripts.run

.PHONY: demo
demo: $(INSTALLED) ## Add the demonstration: a catalogue and two live MCP servers
	@$(BIN)/python -m scripts.demo

.PHONY: test
test: $(INSTALLED_DEV) ## Run every test
	@$(BIN)/python scripts/test.py full

##@ Checks

.PHONY: check
check: check-static test ## Everything that CI runs

.PHONY: check-static
check-static: format-check lint types contracts migrations-check schema-check ## Everything but the tests
check-static: deploy-check spelling templates

.PHONY: format
format: $(INSTALLED_DEV) ## Format the code and sort its imports
	$(BIN)/ruff check --select I --fix .
	$(BIN)/ruff format .

.PHONY: format-check
format-check: $(INSTALLED_DEV) ## Is the code formatted?
	$(BIN)/ruff format --check .

.PHONY: lint
lint: $(INSTALLED_DEV) ## Lint the code
	$(BIN)/ruff check .

.PHONY: types
types: $(INSTALLED_DEV) ## Check the types
	$(BIN)/mypy $(PACKAGES) manage.py

.PHONY: contracts
contracts: $(INSTALLED_DEV) ## Do imports keep to the architecture?
	$(BIN)/lint-imports

.PHONY: migrations-check
migrations-check: $(INSTALLED_DEV) ## Has every model change its migration?
	$(BIN)/python manage.py makemigrations --check --dry-run

.PHONY: schema
schema: $(INSTALLED_DEV) ## Write docs/openapi.yaml anew from the code
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml

.PHONY: schema-check
schema-check: $(INSTALLED_DEV) ## Does docs/openapi.yaml describe the code?
	$(BIN)/python manage.py spectacular --validate --fail-on-warn | diff -u docs/openapi.yaml - \
		|| { echo 'docs/openapi.yaml is not what the code says: run `make schema`.' >&2; exit 1; }

.PHONY: deploy-check
deploy-check: $(INSTALLED_DEV) ## Django's own check of a production configuration
	$(PRODUCTION) $(BIN)/python manage.py check --deploy --fail-level WARNING

.PHONY: spelling
spelling: $(INSTALLED_DEV) ## Look for misspelt words
	$(BIN)/codespell $(PACKAGES) Makefile $(wildcard $(PROSE))

.PHONY: templates
templates: $(INSTALLED_DEV) ## Lint the page templates
	$(if $(TEMPLATES),$(BIN)/djlint --lint --quiet --profile django $(TEMPLATES))

.PHONY: fuzz
fuzz: $(INSTALLED_DEV) ## Send the API 5,550 requests made from its own description (a quarter of an hour)
	$(BIN)/pytest --hypothesis-profile=fuzz -s tests/integration/servers/test_registry_api_fuzz.py

##@ Measurements

.PHONY: bench-auth
bench-auth: $(INSTALLED_DEV) ## Cost of the check for proxies beside /livez
	@$(BIN)/python -m scripts.bench_auth

.PHONY: bench-api
bench-api: $(INSTALLED_DEV) ## Cost of the catalogue's requests at 100 to 100,000 servers
	@$(BIN)/python -m scripts.bench_api

.PHONY: bench-index
bench-index: $(INSTALLED_DEV) ## Publication, recall and latency of the search index at 100,000 entries
	@$(BIN)/python -m scripts.bench_index

.PHONY: bench-import
bench-import: $(INSTALLED_DEV) ## Documents a second that an import reads and writes
	@$(BIN)/python -m scripts.bench_import --at-least 1000

# The catalogue that is searched; without one, the demonstration's.
CATALOGUE ?= $(wildcard ../shared/data/catalogue/servers_870_tools_6044.json)

.PHONY: bench-search
bench-search: $(INSTALLED_DEV) ## Cost of a search beside the model's own work, alone and by 100 clients
	@$(BIN)/python -m scripts.bench_search $(CATALOGUE)

.PHONY: bench-quality
bench-quality: $(INSTALLED_DEV) ## How good search is, beside BM25 alone and the plain model alone
	@$(BIN)/python -m scripts.bench_quality

##@ The environment

.PHONY: install
install: $(INSTALLED) ## Install what the program needs

.PHONY: install-dev
install-dev: $(INSTALLED_DEV) ## Install what tests and checks need, too

.PHONY: lock
lock: $(INSTALLED_DEV) ## Write constraints.txt anew from what is installed
	{ sed -n '/^#/p' constraints.txt; \
		$(BIN)/pip freeze | grep -v '^torch==' | LC_ALL=C sort -f; } > constraints.txt.new
	mv constraints.txt.new constraints.txt

.PHONY: clean
clean: ## Remove the environment and every cache; the data in var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@test -n "$(PYTHON)" || { echo 'Rollcall needs Python 3.11 or newer; none was found. Install' \
		'one, or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Rollcall needs' \
		'Python 3.11 or newer; $(PYTHON) is older or does not start.' >&2; exit 1; }
	@echo "Creating $(VENV) with $$($(PYTHON) --version) ..."
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'Python could not make a virtual' \
		'environment (on Debian and Ubuntu: apt install python3-venv).' >&2; exit 1; }

$(INSTALLED): | $(BIN)/python
	@echo "Installing what Rollcall needs (about 2 GB on disk; one to three minutes) ..."
	@echo '  PyTorch, which the model is prepared with ...'
	@$(PIP) --constraint constraints.txt "$$(grep '^torch==' requirements.txt)"
	@echo '  Django, FAISS, the model and the rest ...'
	@$(PIP) -r requirements.txt
	@touch $@

$(INSTALLED_DEV): $(INSTALLED)
	@echo "Installing the tools of tests and checks ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@
