# The whole product by hand. `make` alone lists what there is.

PY := .venv/bin/python
# What was compiled is kept: compiling the tests anew takes each process ten seconds.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup demo test test-unit test-all test-long test-faults fuzz bench check fix messages lock backup

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: ## make .venv with everything that tests and checks need
	@scripts/set_up dev

demo: ## start everything on this machine, with demo data (PORT=8000)
	@scripts/set_up run
	@COMPRESS_STATIC=false LOG_LEVEL=WARNING TEXT_GATEWAY=members.operations.texts.OnScreen exec $(PY) manage.py demo

test: setup ## run every test (browser tests where there is a Chromium)
	@$(PY) -m config.embedded run $(PY) -m pytest -n 2 --dist worksteal $(ARGS)

test-unit: setup ## run the tests that take a moment each: four of five, in under two minutes
	@$(PY) -m config.embedded run $(PY) -m pytest -n 2 --dist worksteal -m "not slow and not browser" $(ARGS)

test-all: setup ## run every test; a missing Chromium is a failure
	@REQUIRE_CHROMIUM=1 $(PY) -m config.embedded run $(PY) -m pytest -n 2 --dist worksteal $(ARGS)

test-long: setup ## a million random operations against the oracle (about an hour)
	@REGULARS_MODEL_OPS=1000000 $(PY) -m config.embedded run $(PY) -m pytest tests/ledger/test_model.py -p no:randomly -s $(ARGS)

test-faults: setup ## kill a database server of its own under writing tills; race for half a minute
	@$(PY) -m config.embedded run $(PY) -m pytest tests/faults/kills.py tests/faults/long_races.py -p no:randomly -s $(ARGS)

fuzz: setup ## import ten thousand mutated files (FUZZ, FUZZ_SEED): no crash, no row lost, no money made
	@$(PY) -m config.embedded run $(PY) -m pytest tests/imports/fuzz.py -p no:randomly -s $(ARGS)

bench: setup ## measure; one line of JSON per figure
	@$(PY) -m config.embedded run $(PY) -m bench $(ARGS)

check: setup ## lint, types, layers, dependencies, migrations, deployment, translations
	@$(PY) -m config.embedded run $(PY) scripts/check.py

fix: setup ## format, and mend what can be mended by itself
	@$(PY) -m ruff format --quiet .
	@$(PY) -m ruff check --fix .
	@$(PY) -m djlint --reformat --quiet templates

messages: setup ## collect the texts to translate, ours and the libraries', then compile them
	@$(PY) -m scripts.collect_texts
	@$(PY) scripts/compile_messages.py

lock: setup ## resolve requirements*.in into requirements*.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check uv
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.12 --no-header $(ARGS) requirements.in -o requirements.txt
	@$(PY) -m uv pip compile --quiet --universal --python-version 3.12 --no-header $(ARGS) requirements-dev.in -o requirements-dev.txt

backup: ## write the database to FILE (default: var/backup-<time>.dump)
	@scripts/set_up run
	@$(PY) manage.py backup "$(or $(FILE),var/backup-$(shell date +%Y%m%d-%H%M%S).dump)"
