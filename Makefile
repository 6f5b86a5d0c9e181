# Everything is built into .odoo/ (or NSHIFT_ENV_DIR); `make help` tells what there is.
PYTHON ?= python3
DEV := $(PYTHON) -m dev

.DEFAULT_GOAL := help
.PHONY: help setup test test-addon test-plain test-transactions test-e2e coverage mutation \
	fuzz load suites others demo receiver bench screenshots translations contract wheel lint clean

help:
	@echo "make demo        set up, start the product and play a merchant's day; Ctrl-C ends it"
	@echo "                 PORT=8069 RECEIVER_PORT=8443 choose ports, ONCE=1 ends after the story"
	@echo "make receiver    receive an Odoo's webhooks, to try them     ARGS=\"--answer 500\""
	@echo "make test        set up and run every test            ARGS=\"tests/plain/test_x.py -x\""
	@echo "make test-addon  only the addon's tests, in Odoo      ARGS=\"-k words\""
	@echo "make test-plain, test-transactions, test-e2e  only those of the folder in tests/"
	@echo "make coverage    run every test, and show which code no test runs"
	@echo "make mutation    put faults into the plain Python: do tests notice?"
	@echo "                 ONLY=delivery.health ARGS=tests/plain/test_health.py"
	@echo "make fuzz        play hostile answers for ten minutes"
	@echo "make load        send the current state of 100,000 orders    NSHIFT_LOAD=10000"
	@echo "make suites      Odoo's own tests, with the addon and without (30 min)"
	@echo "make others      our tests without demo data, and beside other modules in Swedish,"
	@echo "                 with warnings as errors               ONLY=\"no-demo swedish\""
	@echo "make bench       measure what the addon costs (11 min) ONLY=import_overhead"
	@echo "make screenshots take the README's pictures anew"
	@echo "make translations write the texts that are to be translated, and into each language"
	@echo "make contract    write the schemas of messages, and the tables that describe them"
	@echo "make wheel       build the addon as a Python package, into .odoo/wheel"
	@echo "make lint        check style, common mistakes and types"
	@echo "make setup       only set up"
	@echo "make clean       stop what runs and remove the environment (.odoo)"
	@echo
	@echo "ODOO_PATH=/path  use an Odoo 19.0 you have instead of downloading one"
	@echo "PGHOST PGPORT PGUSER PGPASSWORD  use your own PostgreSQL (a role with CREATEDB)"
	@echo "CHROMIUM=/path   the browser for the browser tests, instead of Debian's"
	@echo "NSHIFT_ENV_DIR=/path  where the environment goes, instead of .odoo"
	@echo "NSHIFT_ADDONS=/path   where Odoo finds the addon, instead of here: a wheel's odoo/addons"
	@echo "PYTHON=python3.11     the Python to use, 3.10 to 3.13"

setup:
	@$(DEV) setup

test:
	@$(DEV) test

test-addon:
	@$(DEV) test nshift_webhooks/tests

test-plain test-transactions test-e2e:
	@$(DEV) test tests/$(@:test-%=%)

coverage:
	@$(DEV) coverage

mutation:
	@$(DEV) mutation

fuzz:
	@NSHIFT_FUZZ_SECONDS=600 $(DEV) test tests/plain/test_fuzz.py

load:
	@NSHIFT_LOAD=$(or $(NSHIFT_LOAD),100000) \
		$(DEV) test tests/transactions/test_current_state_of_many.py

suites:
	@$(DEV) suites

others:
	@$(DEV) others

demo:
	@$(DEV) demo

receiver:
	@$(DEV) receiver

bench:
	@$(DEV) bench

screenshots:
	@$(DEV) screenshots

translations:
	@$(DEV) translations

contract:
	@$(DEV) contract

wheel:
	@$(DEV) wheel

lint:
	@$(DEV) lint

clean:
	@$(DEV) clean
