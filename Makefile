# `make demo` and `make test` are all that a new user needs; both set up what is missing, and say so first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help

UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup setup-tests demo test lint types imports format docs-check benchmark clean

help:
	@echo "make demo    digitise samples/ and search it (data in build/demo)"
	@echo "make test    all tests, with their own MinIO and PostgreSQL"
	@echo "make setup   system packages and Python environment only"
	@echo "make lint types imports   what CI checks before the tests"

# $(call packages,HEADING…): the packages under these headings of system-packages.txt that are not installed
define missing
for heading in $(1); do sed -n "/^# $$heading$$/,/^# /p" system-packages.txt | grep -v '^#' || true; done | while read -r package; do
  [ -z "$$package" ] || dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null | grep -qx installed || echo "$$package"
done
endef

define install
missing="$$($(call missing,$(1)) | tr '\n' ' ')"
if [ -n "$${missing// /}" ]; then
  echo "Installing Debian packages: $$missing"
  as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo
  $$as_root apt-get update -q
  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing
fi
endef

setup:
	@$(call install,setup run)
	if [ ! -x "$(UV)" ]; then
	  echo "Installing uv $(UV_VERSION) into .tools/uv"
	  python3 -m venv .tools/uv
	  .tools/uv/bin/pip install -q "uv==$(UV_VERSION)"
	fi
	if ! $(UV) sync --locked --check -q 2>/dev/null; then
	  echo "Installing Python packages from uv.lock into .venv"
	  $(UV) sync --locked -q
	fi
	command -v uv >/dev/null || echo "uv is in .tools/uv/bin: put it on your PATH, or say .tools/uv/bin/uv run sohoa"

setup-tests: setup
	@$(call install,test)
	$(RUN) python -m tests.services build

demo: export SOHOA_DATA_DIR := build/demo
demo: setup
	@rm -rf build/demo
	mkdir -p build
	say() { echo; echo "$$ uv run $$*"; }
	say sohoa import-procedures samples/procedures.csv
	$(RUN) sohoa import-procedures samples/procedures.csv
	say sohoa import-dossiers samples/dossiers.csv
	$(RUN) sohoa import-dossiers samples/dossiers.csv
	say sohoa digitise samples/archive --report build/demo-report.json
	code=0; $(RUN) sohoa digitise samples/archive --report build/demo-report.json || code=$$?
	[ "$$code" = 0 ] || [ "$$code" = 1 ] || exit "$$code"
	echo "(exit code $$code: the archive holds a damaged file on purpose)"
	say sohoa search \"quyết định\"
	$(RUN) sohoa search "quyết định" --limit 3
	say sohoa search \"quyet dinh\"
	$(RUN) sohoa search "quyet dinh" --limit 3
	echo
	echo "The finished PDFs: SOHOA_DATA_DIR=build/demo uv run sohoa export --batch BATCH --to build/demo-export"

test: setup-tests
	@$(RUN) coverage erase
	$(RUN) coverage run -m pytest
	$(RUN) coverage combine -q
	$(RUN) coverage report --skip-covered --show-missing --sort=cover | tail -40

lint:
	@$(RUN) ruff check .
	$(RUN) ruff format --check .

types:
	@$(RUN) mypy

imports:
	@$(RUN) lint-imports

format:
	@$(RUN) ruff check --fix .
	$(RUN) ruff format .

benchmark: setup
	@$(call install,peers)
	$(UV) run --frozen --group peers python -m tests.benchmarks.pipeline samples/archive

clean:
	rm -rf build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis
