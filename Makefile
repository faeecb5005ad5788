.DEFAULT_GOAL := help
.PHONY: help serve test bench faults openapi answers docs picture format lock

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

serve: .venv/serve ## Install once into .venv, then serve the API on http://127.0.0.1:8000 (or PORT=...)
	@$(BIN)/stackrank serve --port $(PORT)

test: .venv/test ## Lint, check types and imports, run all tests that need nothing but Python
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/coverage run -m pytest --numprocesses auto --dist worksteal
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report

bench: .venv/test ## Measure beside the floors and the peer; build/bench.json has it too
	@mkdir -p build
	$(BIN)/python -m tests.benchmarks.bench --json build/bench.json

faults: .venv/test ## Break what the service stands on, and count what is lost (needs root, and Debian packages that it names)
	$(BIN)/pytest tests/faults

openapi: .venv/serve ## Write openapi/v1.json
	$(BIN)/stackrank openapi > build.json && mv build.json openapi/v1.json

answers: .venv/test ## Record anew what the contract shows of answers; make openapi then shows it
	ANSWERS=app/api/answers.json $(BIN)/pytest tests/api/test_answers.py

docs: .venv/serve ## Write docs/settings.md
	$(BIN)/stackrank settings > build.md && mv build.md docs/settings.md

picture: .venv/test ## Take docs/swagger-ui.png anew, by the browser test
	SCREENSHOT=docs/swagger-ui.png $(BIN)/pytest tests/browser

format: .venv/test ## Format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/test ## Pin the dependencies anew, with hashes
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --quiet --group dev pyproject.toml --output-file requirements-dev.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --quiet --constraints requirements-dev.txt pyproject.toml --output-file requirements.txt

.venv/bin/pip:
	$(PYTHON) -m venv .venv

.venv/serve: requirements.txt pyproject.toml | .venv/bin/pip
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/pip install --disable-pip-version-check --no-deps --editable .
	@touch $@

.venv/test: requirements-dev.txt .venv/serve
	$(BIN)/pip install --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
