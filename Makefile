# Good Bank's commands. Each makes what it needs first: Python 3.11 or newer and make are enough.

PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 5000
export HOST PORT
# The system's npm where there is one; the tests bring their own for where there is none.
export PATH := $(PATH):$(CURDIR)/.venv/bin

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet install --require-hashes
NPM := npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
STAGES := stage-1 stage-2 stage-3 stage-4 stage-5

.PHONY: $(STAGES) test lock clean

$(STAGES): .venv/run  ## serve a stage of the task
	@exec $(BIN)/flask --app $@/app.py run --host $(HOST) --port $(PORT)

test: .venv/test node_modules/tested  ## check and test everything
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy demo tests
	for stage in $(STAGES); do $(BIN)/mypy $$stage/app.py || exit 1; done
	npx eslint --max-warnings 0 stage-5/static
	npx prettier --check "stage-*/static/*" "*.js"
	sh tests/chromium.sh
	$(BIN)/pytest

lock: .venv/test  ## write the lock files anew, after a change to the requirements
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate requirements.txt -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate tests/requirements.txt -o tests/requirements.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean:  ## remove all that these commands made, but for instance/, which holds the balances
	rm -rf .venv node_modules .mypy_cache .pytest_cache .ruff_cache

.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Good Bank needs Python 3.11 or newer: make PYTHON=python3.11 …"; exit 1; }
	$(PYTHON) -m venv .venv
	@touch $@

.venv/run: requirements.lock | .venv/made
	$(PIP) -r requirements.lock
	@touch $@

.venv/test: tests/requirements.lock .venv/run
	$(PIP) -r tests/requirements.lock
	@touch $@

node_modules/tested: package-lock.json .venv/test
	$(NPM)
	@touch $@
