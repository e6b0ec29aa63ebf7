# `make demo` and `make test` are all that a new user needs; both set up what is missing, and say so first.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

UV_VERSION := 0.13.9
UV := $(shell command -v uv 2>/dev/null || echo .tools/uv/bin/uv)
RUN := $(UV) run --frozen --no-sync
export UV_PYTHON_DOWNLOADS := never

.PHONY: help setup setup-tests demo test lint types imports format docs client readme samples benchmark clean

help:
	@echo "make demo      digitise samples/ and search it; all it makes lies in build/demo"
	@echo "make test      all tests, with a MinIO and a PostgreSQL of their own"
	@echo "make setup     only what both need: Debian packages and the Python environment"
	@echo "make lint types imports    what CI checks before the tests"
	@echo "make docs      the pages of docs/ that are made from the code"
	@echo "make client    the Python client in clients/python, from the contract of the HTTP interface"
	@echo "make readme    the README's picture and output, from a run of the demo"
	@echo "make samples   make samples/ anew (make benchmark: beside OCRmyPDF; make clean: away with what make made)"

# $(call install,HEADING…): the Debian packages under these headings of system-packages.txt, where they are not installed
define install
missing="$$(for heading in $(1); do
  sed -n "/^# $$heading$$/,/^# /{/^[a-z]/p}" system-packages.txt
done | while read -r package; do
  dpkg-query -W -f='$${db:Status-Status}' "$$package" 2>/dev/null | grep -qx installed || printf '%s ' "$$package"
done)"
if [ -n "$$missing" ] && ! command -v apt-get >/dev/null; then
  echo "This is neither Debian nor Ubuntu: see to it that these packages, or your system's like, are there: $$missing"
elif [ -n "$$missing" ]; then
  echo "Installing Debian packages: $$missing"
  as_root=; [ "$$(id -u)" = 0 ] || as_root=sudo
  if [ -n "$$as_root" ] && ! command -v sudo >/dev/null; then
    echo "That needs root, and sudo is not here: have them installed, then say make again"; exit 1
  fi
  $$as_root apt-get update -qq
  $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $$missing >/dev/null
fi
endef

setup:
	@$(call install,setup run)
	if [ ! -x "$(UV)" ] && ! command -v "$(UV)" >/dev/null; then
	  echo "Installing uv $(UV_VERSION) into .tools/uv"
	  python3 -m venv .tools/uv
	  .tools/uv/bin/pip install -q --disable-pip-version-check "uv==$(UV_VERSION)"
	fi
	if ! $(UV) sync --locked --inexact --check -q 2>/dev/null; then
	  echo "Installing Python packages into .venv, as uv.lock names them (some 700 MB)"
	  $(UV) sync --locked --inexact -q
	fi

setup-tests: setup
	@$(call install,test samples)
	$(RUN) python -m tests.services build
	$(RUN) python -m tests.verapdf build
	$(RUN) python -m tests.keycloak build
	$(RUN) python -m tests.axe build
	$(RUN) python -m tests.mirador build
	$(RUN) python -m tests.prezi3 build

demo: export SOHOA_DATA_DIR := build/demo/data
demo: setup
	@rm -rf build/demo && mkdir -p build/demo
	told() { printf '\n$$ uv run %s\n' "$$1"; shift; code=0; $(RUN) "$$@" || code=$$?; }
	well() { [ "$$code" = 0 ] || exit "$$code"; }
	told "sohoa import-procedures samples/procedures.csv" sohoa import-procedures samples/procedures.csv; well
	told "sohoa import-dossiers samples/dossiers.csv" sohoa import-dossiers samples/dossiers.csv; well
	told "sohoa digitise samples/archive" sohoa digitise samples/archive --report build/demo/report.json
	[ "$$code" = 1 ] || { echo "make demo: exit code $$code where 1 was due, for the one damaged file"; exit 1; }
	echo "(exit code 1: one file of samples/archive is damaged on purpose)"
	told 'sohoa search "quyết định"' sohoa search "quyết định"; well
	told 'sohoa search "quyet dinh"' sohoa search "quyet dinh"; well
	batch="$$($(RUN) python -c 'import json; print(json.load(open("build/demo/report.json"))["batch"])')"
	told "sohoa export --batch $$batch --to build/demo/papers" sohoa export --batch "$$batch" --to build/demo/papers; well
	printf '%s\n' "" "Everything lies in build/demo: open the PDFs in build/demo/papers, search them, copy their text." \
	  "To go on in it:" \
	  "  export SOHOA_DATA_DIR=build/demo/data" \
	  '  uv run sohoa search "giấy phép môi trường"' \
	  "  uv run sohoa show DOCUMENT      what was read on a paper, with its evidence" \
	  "  uv run sohoa digitise PATH…     your own papers"
	command -v uv >/dev/null || echo "(uv is .tools/uv/bin/uv here: put its folder on your PATH, or call .venv/bin/sohoa)"

test: setup-tests
	@$(RUN) coverage erase
	$(RUN) coverage run -m pytest
	$(RUN) coverage combine -q
	$(RUN) coverage report --skip-covered --show-missing --sort=cover | tail -40

lint: setup
	@$(RUN) ruff check .
	$(RUN) ruff format --check .

types: setup
	@$(RUN) mypy

imports: setup
	@$(RUN) lint-imports

format: setup
	@$(RUN) ruff check --fix .
	$(RUN) ruff format .

docs: setup
	@$(call install,samples)
	$(RUN) python -m docs.make

client: setup
	@$(RUN) python -m clients.generate

readme: setup
	@$(call install,samples)
	mkdir -p build
	$(MAKE) demo | tee build/demo.txt
	$(RUN) python -m docs.readme build/demo.txt
	$(RUN) python -m docs.picture

samples: setup
	@$(call install,samples)
	$(RUN) python -m samples.make

benchmark: setup
	@$(RUN) python -m tests.benchmarks.pipeline samples/archive

clean:
	@rm -rf build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
