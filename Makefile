# Needs Python 3.11 or newer, make and git. Everything else goes into .venv, in the versions and
# with the hashes that requirements/ locks; nothing is built but the project itself.

PYTHON ?= python3
PYTEST_ARGS ?=
LOCK_ARGS ?=
SEEDS ?= 0:8000
SEED ?= 1
COUNT ?= 10000
N ?= 2000000
PLACEMENTS ?= 2500
PROFILE ?=
PLANS ?= shop,openb,karpenter-5000,mix-1,mix-2,mix-3
LANDINGS ?= all
PODS ?= 3500
LIVE ?=

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
# Not compiled: of most packages no more than a part is ever imported.
LOCKED := $(PIP) install --quiet --no-compile --require-hashes --only-binary :all: --requirement
LOCK := UV_CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/uv pip compile --quiet --universal \
	--python-version 3.11 --fork-strategy fewest --generate-hashes --no-build $(LOCK_ARGS)
INSTALLED := $(VENV)/.installed
DEV := $(VENV)/.dev

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test check docs schemas fields fields-table screenshots fuzz fuzz-input
.PHONY: differential scores acceptance landing controlled validation live-demo
.PHONY: format lock bench clean

help:
	@echo 'make demo     plan the example workload for one region'
	@echo 'make test     run the tests; pass more to pytest with PYTEST_ARGS="..."'
	@echo 'make check    ruff check, ruff format --check, mypy and lint-imports'
	@echo 'make docs     build the documentation as a site in docs/_build'
	@echo 'make schemas  write docs/schema from the types of the documents'
	@echo 'make fields   write the published fields of every kind that is read (needs Go)'
	@echo 'make fields-table  write the page that says what becomes of each of them'
	@echo 'make screenshots  take the pictures of docs/images (needs Chromium)'
	@echo 'make fuzz     judge plans of random clusters; SEEDS=0:8000 chooses which'
	@echo 'make fuzz-input  try COUNT=10000 broken and hostile inputs, from SEED=1 on'
	@echo 'make differential  agree with the real kube-scheduler on N=2000000 decisions (needs Go once)'
	@echo 'make scores   agree with it on the best nodes of PLACEMENTS=2500 placements (PROFILE=all: under each)'
	@echo 'make acceptance  give it the nodes and pods of PLANS=shop,mix-1,... in shuffled orders'
	@echo 'make landing  land LANDINGS=shop,small-17,spread-1:busy,... beside it; mixes have PODS=3500'
	@echo 'make validation  compare N=5000 generated objects with the real API server (needs Go once)'
	@echo 'make live-demo  a cluster to look at, until Ctrl-C (needs Go once); LIVE="--nodes 1000 --pods 20000"'
	@echo 'make format   let ruff mend what it can, and format'
	@echo 'make lock     lock the dependencies in requirements/; LOCK_ARGS=--upgrade takes newer ones'
	@echo 'make bench    run the benchmarks'
	@echo 'make clean    remove .venv, caches and built packages'
	@echo
	@echo 'PYTHON=python3.12 chooses the interpreter that .venv is made with (3.11 or newer).'

demo: $(INSTALLED)
	$(BIN)/kubestow plan -f examples/online-shop --nodepool examples/seoul.yaml --region ap-northeast-2

test: $(DEV)
	$(BIN)/python -m pytest -n auto --dist loadfile --no-loadscope-reorder $(PYTEST_ARGS)

check: $(DEV)
	@echo '== ruff check'
	@$(BIN)/ruff check .
	@echo '== ruff format --check'
	@$(BIN)/ruff format --check .
	@echo '== mypy'
	@$(BIN)/mypy
	@echo '== lint-imports'
	@$(BIN)/lint-imports --no-logo

docs: $(DEV)
	$(BIN)/python -m sphinx -W --keep-going -n -q docs docs/_build
	@echo 'Open docs/_build/index.html'

schemas: $(DEV)
	$(BIN)/python -m tools.write_schemas

fields: $(DEV)
	$(BIN)/python -m tools.write_fields

fields-table: $(DEV)
	$(BIN)/python -m tools.field_table

screenshots: $(DEV)
	KUBESTOW_SCREENSHOTS=docs/images $(BIN)/python -m pytest tests/browser -k pictures

fuzz: $(DEV)
	KUBESTOW_SEEDS=$(SEEDS) $(BIN)/python -m pytest -n auto tests/properties/test_rough_clusters.py

fuzz-input: $(DEV)
	$(BIN)/python -m tests.input_fuzz --seed $(SEED) --count $(COUNT)

differential: $(DEV)
	$(BIN)/python -m tests.differential --decisions $(N) --large 0.6

scores: $(DEV)
	$(BIN)/python -m tests.differential --placements $(PLACEMENTS) --profile "$(PROFILE)"

acceptance: $(DEV)
	$(BIN)/python -m tests.differential --plans $(PLANS)

landing: $(DEV)
	$(BIN)/python -m tests.differential --landing $(LANDINGS) --pods $(PODS)

controlled: $(DEV)
	$(BIN)/python -m pytest -q tests/live/slow_controlled.py

validation: N = 5000
validation: $(DEV)
	$(BIN)/python -m tests.differential --objects $(N)

live-demo: $(DEV)
	$(BIN)/python -m tests.live demo $(LIVE)

format: $(DEV)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(DEV)
	$(LOCK) pyproject.toml --group build --output-file requirements/runtime.txt
	$(LOCK) pyproject.toml --group build --group dev --group docs --extra sweep \
		--constraint requirements/runtime.txt --output-file requirements/dev.txt

bench: $(INSTALLED)
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) build dist docs/_build
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -type d -name __pycache__ -exec rm -rf {} +

# A virtual environment without a working pip was interrupted while it was made: start again.
$(INSTALLED): pyproject.toml requirements/runtime.txt
	@$(PIP) --version >/dev/null 2>&1 || { \
		command -v '$(PYTHON)' >/dev/null || { \
			echo "'$(PYTHON)' was not found: install Python 3.11 or newer," \
				'or name one, as in make PYTHON=/path/to/python3' >&2; exit 1; }; \
		'$(PYTHON)' -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
			"kubestow needs Python 3.11 or newer, and this is " + sys.version.split()[0] \
			+ ": name a newer one, as in make PYTHON=python3.12")' && \
		'$(PYTHON)' -m venv --clear $(VENV); }
	@echo 'Installing kubestow into $(VENV)'
	@$(LOCKED) requirements/runtime.txt
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): $(INSTALLED) requirements/dev.txt
	@echo 'Installing the development tools into $(VENV)'
	@$(LOCKED) requirements/dev.txt
	@touch $@
