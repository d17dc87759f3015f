# What a developer types. Each target sets up what it needs and is quick the second time.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
.DEFAULT_GOAL := help
.PHONY: help setup front browser postgres time run test quick proof bench shots requirements lint messages

help:
	@echo "make run · test · quick · proof · bench · shots · requirements · lint · messages"

setup: .venv/.ready front locale/en/LC_MESSAGES/django.mo

.venv/.ready: requirements.lock pyproject.toml
	@tools/setup $(PYTHON)
	@touch $@

locale/en/LC_MESSAGES/django.mo: locale/en/LC_MESSAGES/django.po .venv/.ready
	@$(BIN)/python tools/messages.py --compile
	@touch $@

messages: .venv/.ready
	@$(BIN)/python tools/messages.py

front: keji/static/vendor/.ready

keji/static/vendor/.ready: package-lock.json tools/vendor.py keji/static/keji/icons.txt
	@command -v npm >/dev/null || { echo "缺少 Node.js:请先安装(apt-get install nodejs npm)"; exit 1; }
	@npm ci --ignore-scripts --silent --no-progress
	@$(BIN)/python tools/vendor.py
	@touch $@

browser:
	@tools/need chromium chromium
	@tools/need fonts-noto-cjk "" /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc

postgres:
	@tools/need postgresql "" /usr/lib/postgresql

time:
	@tools/need faketime faketime

run: setup
	@tools/run

lint: setup
	@$(BIN)/ruff check keji tests tools bench
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache

quick: setup
	@$(BIN)/pytest -q -n 2 -m "not e2e"

test: setup browser postgres time
	@tools/test

proof: setup postgres time
	@$(BIN)/python tools/proof.py

bench: setup postgres
	@$(BIN)/python -m bench

shots: setup browser
	@$(BIN)/python tools/shots.py

requirements: setup
	@$(BIN)/python tools/requirements.py
