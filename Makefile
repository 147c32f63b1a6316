# Needs python3 and make; everything else comes by the locked requirements.

BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
# The node of the requirements, first in the path for npm's own scripts, with this machine's CAs.
NODE_ENV := PATH="$(CURDIR)/$(BIN):$$PATH" NODE_USE_SYSTEM_CA=1
BROWSER := web/browser
BUNDLE := dist/trading-hall
NODE_MODULES := $(BROWSER)/node_modules/.package-lock.json
BROWSER_SOURCES := $(shell find $(BROWSER) \( -name node_modules -o -name test \) -prune -o -type f -print)

# Modules are compiled once: tests and plays start the hall some hundred times.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help dev run demo test check tools debian judge bench bundle nightly watch screens schema lock

help:  ## Show these lines
	@sed -n 's/^\([a-z]*\):.*  ## /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

dev: .venv/installed  ## Install the hall into .venv

run: dev  ## Install, open a demo hall, play one real tender to its verified end, keep serving
	@mkdir -p -m 700 .hall
	@# A hall that does not start ends the play; a play that fails ends the hall, unless (4) all is
	@# verified and only the first price came late, as on a busy machine: that is said.
	@$(BIN)/hall serve --demo & serving=$$!; \
	$(BIN)/hall demo --url $${HALL_URL:-http://$${HALL_LISTEN:-localhost:8080}} & playing=$$!; \
	trap 'kill $$playing $$serving 2>/dev/null; wait' EXIT; trap 'exit 130' INT TERM; \
	( while kill -0 $$serving; do sleep 1; done; kill $$playing ) 2>/dev/null & \
	{ wait $$playing || test $$? = 4; } && wait $$serving

demo: dev  ## Play the tender alone, in a home of its own, as fast as it goes
	@HALL_HOME=$$(mktemp -d) $(BIN)/hall demo --fast

test: debian check  ## Everything that decides whether a change is good
	@if ls $(BROWSER)/test/*.test.js >/dev/null 2>&1; then \
	  $(NODE_ENV) $(BIN)/node --test '$(BROWSER)/test/*.test.js'; fi
	@# Three for two cores, since every third second is a wait; whoever is done takes work from others.
	$(BIN)/python -m pytest -n 3 --dist worksteal -m 'not nightly'

check: tools  ## Form, types, fences between packages, migrations, requirements
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	@# Left out: what the runner does for every file (once, in a transaction, with a lock timeout),
	@# a time limit that would stop a long but right migration, and int for what is small by nature.
	$(BIN)/squawk --pg-version 18.0 --assume-in-transaction --exclude \
	  prefer-robust-stmts,require-lock-timeout,require-statement-timeout,prefer-bigint-over-int \
	  sql/migrations/*.sql
	$(BIN)/deptry .
	$(NODE_ENV) $(BROWSER)/node_modules/.bin/tsc --project $(BROWSER)
	@# htmx 4 ignores what htmx 2 knew; its checker finds that but always exits 0.
	@said=$$($(NODE_ENV) $(BROWSER)/node_modules/.bin/upgrade-check --no-color web/templates 2>&1); \
	case "$$said" in *"Found 0 issue"*) ;; *) echo "$$said" >&2; exit 1;; esac

bench: dev  ## Measure the hall against its limits
	@$(BIN)/hall bench

nightly: ALSO := firefox-esr
nightly: debian check judge  ## All tests, the slow ones too, with branch coverage
	$(BIN)/coverage run -m pytest -n 2 --dist worksteal --timeout 1800 -m 'not alone'
	@# What measures seconds: nothing beside it, and nobody counts its lines.
	$(BIN)/python -m pytest -m alone
	$(BIN)/coverage report

bundle: dev  ## Make one tar that installs the hall on a machine of this kind without a registry
	@rm -rf $(BUNDLE) && mkdir -p $(BUNDLE)/wheels
	@$(PIP) download --only-binary :all: --require-hashes --dest $(BUNDLE)/wheels \
	  --requirement requirements/run.txt
	@$(PIP) wheel --no-deps --wheel-dir $(BUNDLE)/wheels .
	@cp requirements/run.txt $(BUNDLE)/requirements.txt
	@cd $(BUNDLE)/wheels && for own in trading_hall-*.whl; do \
	  version=$${own#trading_hall-}; sum=$$(sha256sum $$own); \
	  echo "trading-hall==$${version%%-*} --hash=sha256:$${sum%% *}" >> ../requirements.txt; done
	@cp bundle/install LICENSE README.md $(BUNDLE)
	@cd $(BUNDLE) && find . -type f ! -name SHA256SUMS -exec sha256sum {} + | sort -k 2 > SHA256SUMS
	@tar --sort=name --owner=0 --group=0 --numeric-owner -cf $(BUNDLE).tar -C dist trading-hall
	@echo $(BUNDLE).tar

watch: tools  ## Rebuild the browser's files at every change
	@cd $(BROWSER) && $(NODE_ENV) node build.mjs --watch

screens: debian tools  ## Take pictures of every page, two languages, two widths, into screens/
	@$(BIN)/python -m tests.screens screens

schema: tools  ## Write sql/schema.sql: what the migrations make
	@$(BIN)/python -m tests.schema sql/schema.sql

lock: tools  ## Renew requirements/*.txt: nothing younger than a week
	@for extra in run test; do \
	  $(BIN)/uv pip compile pyproject.toml $$(test $$extra = run || echo --extra $$extra) \
	    --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	    --exclude-newer '1 week' --no-emit-index-url --custom-compile-command 'make lock' \
	    --output-file requirements/$$extra.txt; \
	done

tools: .venv/tools $(NODE_MODULES)

# Runs beside the product (AGPL), so in an environment of its own: docs/open-data.md.
judge: JUDGE := ../shared/tools/ocds/requirements.txt
judge:
	@test ! -f $(JUDGE) || test -f .ocds/installed || { \
	  python3 -m venv .ocds && .ocds/bin/pip install --quiet -r $(JUDGE) && touch .ocds/installed; }

debian:
	@missing=; \
	command -v $${HALL_CHROMIUM:-chromium} >/dev/null || missing=chromium; \
	command -v age >/dev/null && command -v openssl >/dev/null || missing="$$missing age openssl"; \
	for one in $(ALSO); do command -v $$one >/dev/null || missing="$$missing $$one"; done; \
	fc-list 2>/dev/null | grep -q NotoSansCJK || missing="$$missing fonts-noto-cjk fontconfig"; \
	test -z "$$missing" && exit 0; \
	line="apt-get update && apt-get install -y --no-install-recommends $$missing"; \
	if test "$$(id -u)" != 0; then echo "the tests need, as root: $$line" >&2; exit 1; fi; \
	DEBIAN_FRONTEND=noninteractive sh -ec "$$line" >/dev/null

# The three steps of a fresh machine; each file is the memory that its step is done.

.venv/bin/pip:
	@python3 -m venv .venv || { echo "python3 -m venv failed: apt-get install python3-venv" >&2; exit 1; }

.venv/locked: requirements/run.txt | .venv/bin/pip
	$(PIP) install --require-hashes --requirement requirements/run.txt
	@touch $@

.venv/installed: .venv/locked pyproject.toml $(BROWSER_SOURCES)
	$(PIP) install --no-deps --editable .
	@touch $@

.venv/tools: .venv/installed requirements/test.txt
	$(PIP) install --require-hashes --requirement requirements/test.txt
	@touch $@

$(NODE_MODULES): $(BROWSER)/package-lock.json | .venv/tools
	cd $(BROWSER) && $(NODE_ENV) npm ci --silent
