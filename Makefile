BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Where the surroundings set it, each of some hundred processes compiles all its modules, and each worker all tests.
export PYTHONDONTWRITEBYTECODE :=
PIP_INSTALL := $(BIN)/python -m pip install -qq --no-input
# Coverage is asked of what these test (pyproject.toml), and collected here alone, for it takes time.
PURE_TESTS := tests/values tests/test_cells.py tests/test_findings.py \
	$(patsubst %,tests/form/test_%.py,changes declaration layout meta_cell model rules)
# One more than processors: tests wait for children and programs now and then.
WORKERS := $(shell expr $$(nproc) + 1)
PARALLEL := -n $(WORKERS) --dist loadscope --no-loadscope-reorder
SECONDS := 60
BENCH :=

.PHONY: demo test scenario differential survival fuzz bench check lint quick format lock clean system windows-bundle

demo: $(BIN)/.runtime  ## the whole round on the packaged real example
	rm -rf build/demo
	$(BIN)/workbook-builder demo -o build/demo

test: $(BIN)/.test system tests/office/node_modules/.package-lock.json  ## every test, the real programs included
	$(BIN)/python -m pytest $(PARALLEL) $(PURE_TESTS) --cov
	$(BIN)/python -m pytest $(PARALLEL) $(addprefix --ignore=,$(PURE_TESTS))
	$(BIN)/python -m tests.fuzz.run --seed 1

scenario: $(BIN)/.test system  ## the round of a whole district with 300 units, three times those of `make test`
	SCENARIO_UNITS=300 $(BIN)/python -m pytest $(PARALLEL) tests/project/test_scenario.py

differential: $(BIN)/.test system tests/office/node_modules/.package-lock.json  ## formulas in every engine, on all random fillings
	$(BIN)/python -m tests.office.differential
	$(BIN)/python -m tests.office.differences

survival: $(BIN)/.test system tests/office/node_modules/.package-lock.json  ## what was answered, altered and saved again by every program
	$(BIN)/python -m tests.office.survival

fuzz: $(BIN)/.test  ## every reader of foreign bytes, on altered files, for 60 seconds in all or SECONDS=...
	$(BIN)/python -m tests.fuzz.run --seconds $(SECONDS)

bench: $(BIN)/.bench  ## what everything costs, beside others, into docs/benchmarks.md; BENCH="--help" for larger sizes
	$(BIN)/python -m benchmarks $(BENCH)

check: $(BIN)/.test  ## what to run before every commit: both at once
	$(MAKE) --no-print-directory -j 2 --output-sync=target lint quick

lint: $(BIN)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

quick: $(BIN)/.test
	$(BIN)/python -m pytest $(PARALLEL) -m "not office and not slow"

format: $(BIN)/.test  ## also mends what ruff can mend by itself
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

# With extras: where another package asks for coverage[toml], pip takes no pin of plain coverage for it.
COMPILE = $(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes --no-emit-index-url --no-strip-extras \
	--custom-compile-command "make lock"
lock: $(BIN)/.test  ## the newest versions that pyproject.toml allows
	$(COMPILE) --group build -o requirements/runtime.txt
	$(COMPILE) --extra excel --extra fast -c requirements/runtime.txt -o requirements/excel.txt
	$(COMPILE) --extra cluster --extra fast --group build --group dev -c requirements/runtime.txt -c requirements/excel.txt -o requirements/test.txt
	$(COMPILE) --group bench -c requirements/test.txt -o requirements/bench.txt
	cd tests/office && npm update --package-lock-only

windows-bundle: $(BIN)/.test  ## the installation package for Windows machines without internet, into build/
	$(BIN)/python tools/windows_bundle.py build/workbook-builder-windows.zip

clean:
	rm -rf .venv build dist .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf tests/office/node_modules
	find . -name __pycache__ -prune -exec rm -rf {} +

$(BIN)/python:
	tools/setup_venv.sh

$(BIN)/.runtime: $(BIN)/python requirements/runtime.txt pyproject.toml
	$(PIP_INSTALL) --require-hashes -r requirements/runtime.txt
	$(PIP_INSTALL) --no-deps --no-build-isolation -e .
	touch $@

$(BIN)/.test: $(BIN)/.runtime requirements/test.txt
	$(PIP_INSTALL) --require-hashes -r requirements/test.txt
	touch $@

$(BIN)/.bench: $(BIN)/.test requirements/bench.txt
	$(PIP_INSTALL) --require-hashes -r requirements/bench.txt
	touch $@

system:
	tools/setup_system.sh

tests/office/node_modules/.package-lock.json: tests/office/package-lock.json
	tools/setup_node.sh
