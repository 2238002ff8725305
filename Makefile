# The two commands of the README: `make demo` shows the workbench at work, `make test` runs every check.
# The first of them to run makes .venv from constraints.txt; after that it is only remade when those change.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
RUNS := runs

# python3.11 first: the constraints were resolved on it.
PYTHON ?= $(firstword $(foreach name,python3.11 python3 python3.14 python3.13 python3.12,$(shell \
	$(name) -c 'import sys; sys.version_info >= (3, 11) and print("$(name)")' 2>/dev/null)))

.PHONY: demo test clean

demo: $(READY)
	$(BIN)/workbench reconcile data/cards/statement.csv data/cards/ledger.csv --out $(RUNS)/cards --force
	$(BIN)/workbench report reconciliation -p external=data/cards/statement.csv -p internal=data/cards/ledger.csv \
		--out '$(CURDIR)/$(RUNS)/cards-report' --force

# mypy is strict by pyproject.toml; --strict here would override the exception made there.
test: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/nbstripout --verify notebooks/*.ipynb
	$(BIN)/pytest --numprocesses auto --dist loadfile

clean:
	rm -rf $(VENV) $(RUNS)

$(READY): pyproject.toml constraints.txt
	@test -n '$(PYTHON)' || { echo 'No Python 3.11 or newer was found. Install one (Debian, Ubuntu:' \
		'apt-get install python3 python3-venv) or name it: make PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import ensurepip, venv' 2>/dev/null || { echo '$(PYTHON) cannot make a virtual environment.' \
		'On Debian or Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@echo 'Setting up $(VENV) with $(PYTHON): once, a minute or two.'
	@'$(PYTHON)' -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--constraint constraints.txt --editable '.[postgres,test]'
	@touch $@
