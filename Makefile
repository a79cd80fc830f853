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
TYPED := $(STAGES:stage-%=.mypy_cache/stage_%.py)
LIBRARIES := node_modules/vue/dist/vue.global.prod.js node_modules/axios/dist/axios.min.js

.PHONY: run demo luno image stages $(STAGES) compare check test faults bench lighthouse \
	screenshots lock clean help

run: .venv/run client/vendor/fetched  ## serve the product
	@exec $(BIN)/python -m server

demo: .venv/run client/vendor/fetched  ## serve the product beside a stand-in for the exchange
	@exec $(BIN)/python -m demo

luno: .venv/run  ## serve the stand-in alone, on port 5001, for LUNO_URL
	@exec $(BIN)/python -m demo.luno 5001

image:  ## build the container image good-bank
	docker build --tag good-bank .

stages: .venv/run  ## serve the five stages of the task side by side, with each step's diff
	@exec $(BIN)/flask --app gallery run --host $(HOST) --port $(PORT)

$(STAGES): .venv/run  ## serve stage N of the task
	@exec $(BIN)/flask --app $@/app.py run --host $(HOST) --port $(PORT)

compare:  ## print what changes between two stages: make compare FROM=3 TO=4
	@test -f "stage-$(FROM)/app.py" && test -f "stage-$(TO)/app.py" || \
		{ echo "FROM and TO are each a stage, 1 to 5: make compare FROM=3 TO=4" >&2; exit 1; }
	@diff -ruN -x __pycache__ --color=auto "stage-$(FROM)" "stage-$(TO)" || test $$? = 1

check: .venv/test node_modules/tested $(TYPED)  ## check lint, formatting and types
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy server demo gallery tests bench $(TYPED)
	npx eslint --max-warnings 0 client/*.js tests/client/*.js stage-*/static/*.js
	npx prettier --check "client/*.{js,css}" "tests/client/*" "stage-*/static/*" "gallery/static/*.css" "*.js"

test: check  ## check, and run all tests
	node --test tests/client/*.test.js
	sh tests/chromium.sh
	$(BIN)/pytest --numprocesses 4 --dist worksteal

faults: .venv/test node_modules/tested  ## run the slow tests: attacks, crashes, failover, ten times as much; FAULTS=3: three
	sh tests/chromium.sh
	FAULTS=$${FAULTS:-10} $(BIN)/pytest -m long
	FAULTS=$${FAULTS:-10} $(BIN)/pytest tests/faults tests/api/test_properties.py tests/api/test_openapi.py tests/statements

bench: .venv/test node_modules/tested  ## measure what calls and the page cost
	@sh tests/chromium.sh
	@$(BIN)/python -m bench

lighthouse: .venv/test node_modules/tested  ## have Lighthouse judge the page
	@sh tests/chromium.sh
	@$(BIN)/python -m bench.lighthouse

screenshots: .venv/test node_modules/tested  ## take the images in docs/ and the icons of the home screen anew, and all states of the page into screenshots/
	@sh tests/chromium.sh
	SCREENSHOTS=1 $(BIN)/pytest tests/page/test_screenshots.py tests/page/test_page_states.py

lock: .venv/test  ## write the lock files anew, after a change to the requirements
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate requirements.txt -o requirements.lock
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate tests/requirements.txt -o tests/requirements.lock
	npm install --package-lock-only --ignore-scripts --no-audit --no-fund

clean:  ## remove what these commands installed or cached, but not instance/, which holds the balances
	rm -rf .venv node_modules client/vendor screenshots .hypothesis .mypy_cache .pytest_cache .ruff_cache

help:  ## list these commands
	@awk -F ':.*## ' '/^[a-z$$]/ && NF > 1 { sub(/^.*STAGES./, "stage-N", $$1); \
		printf "make %-13s %s\n", $$1, $$2 }' Makefile

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

# mypy reads all in one run, so each stage's app.py needs a module name of its own.
.mypy_cache/stage_%.py: stage-%/app.py
	@mkdir -p $(@D)
	@cp $< $@

# The local copies of the browser libraries. Without npm the page relies on the CDN.
client/vendor/fetched: package-lock.json
	@mkdir -p client/vendor
	@if ! command -v npm > /dev/null; then echo "No npm: the page takes Vue and axios from the CDN only."; \
	elif $(NPM) --omit=dev --fetch-retries=0; then cp $(LIBRARIES) client/vendor/ && touch $@; \
	else echo "npm failed: the page takes Vue and axios from the CDN only."; fi

node_modules/tested: package-lock.json .venv/test
	$(NPM)
	@mkdir -p client/vendor
	@cp $(LIBRARIES) client/vendor/ && touch client/vendor/fetched $@
