# Strata's own tasks. 'make help' lists them.
SHELL := /bin/bash
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# One release build serves the demo, the tests and the benchmarks. Imports that a target does not declare are errors.
SWIFT_FLAGS := -c release --explicit-target-dependency-import-check error
STRATA := .build/release/strata
VENV := .venv
PYTHON := $(VENV)/bin/python

export STRATA_UV := $(abspath $(VENV)/bin/uv)
export STRATA_BINARY := $(abspath $(STRATA))
export STRATA_TEST_PYTHON := $(abspath $(PYTHON))

# The test targets of each tier are its folders; 'make lint' fails if Package.swift knows another one, or one less.
tier = $(sort $(notdir $(patsubst %/,%,$(wildcard Tests/$(1)/*/))))
space := $(subst ,, )
either = $(subst $(space),|,$(strip $(1)))
UNIT := $(call tier,Unit)
# One after another: each starts servers of its own, and two cores are soon taken.
INTEGRATION := $(call tier,Integration)
END_TO_END := $(call tier,EndToEnd)
# One after another, after the others: each runs dozens of processes and an engine of its own.
FLEET := DeployTests FleetTests FleetRunTests StateMachineTests
# A temporary folder of the run's own, which must be empty in the end, and no more tests at once than processors.
RUN := Tests/run
CONCURRENT := TasksTests WheelsTests SiteTests LocalTests AWSTests PublishingTests HTTPTests FleetTests GitTests

.PHONY: help
help: ## List the tasks
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: packages-build $(VENV)/uv.done build ## Build and publish real layers, push a registry, render a site: nothing but this folder is touched
	@demo/run

.PHONY: test test-tiers
test: build-tests ## Run all tests; it is an error if they leave anything in the temporary folder
	@$(RUN) $(MAKE) --no-print-directory test-tiers
	@echo "All tests passed: unit, integration and end to end. Nothing is left behind."
test-tiers: test-unit test-integration test-e2e

.PHONY: test-unit
test-unit: build-tests ## Run the tests that need nothing but this machine
	$(RUN) swift test $(SWIFT_FLAGS) --skip-build --filter '^($(call either,$(UNIT)))\.'

.PHONY: test-integration
test-integration: build-tests ## Run the tests against real servers on loopback
	@failed=0; for suite in $(INTEGRATION); do \
		echo "swift test --filter $$suite"; \
		$(RUN) swift test $(SWIFT_FLAGS) --skip-build --filter "^$$suite\." || failed=1; \
	done; exit $$failed

.PHONY: test-e2e
test-e2e: build-tests ## Run the whole tool on real packages, and the site in a browser
	$(RUN) swift test $(SWIFT_FLAGS) --skip-build --filter '^($(call either,$(END_TO_END)))\.' $(FLEET:%=--skip '^CommandTests\.%/')
	@failed=0; for suite in $(FLEET); do \
		echo "swift test --filter CommandTests.$$suite"; \
		$(RUN) swift test $(SWIFT_FLAGS) --skip-build --filter "^CommandTests\.$$suite/" || failed=1; \
	done; exit $$failed
	PYTHON=$(PYTHON) SWIFT_FLAGS="$(SWIFT_FLAGS)" $(RUN) Tests/Browser/run
	@$(MAKE) --no-print-directory test-torture

.PHONY: test-torture
test-torture: packages-test $(VENV)/tests.done build ## Kill and disturb runs at one effect of each kind
	$(RUN) $(PYTHON) -B Tests/Torture/torture.py --binary $(STRATA) --sample 12

.PHONY: torture
torture: packages-test $(VENV)/tests.done build ## Kill a run at every effect, and disturb it in every way: hours; SHARE=1/4 for a part
	$(RUN) $(PYTHON) -B Tests/Torture/torture.py --binary $(STRATA) $(if $(SHARE),--share $(SHARE))

.PHONY: loads
loads: packages-test $(VENV)/tests.done build ## Compare what the checks say of some hundred real layers with importing them: root's rights, half an hour
	$(PYTHON) -B Benchmarks/loads.py --strata $(STRATA)

# One build of its own that holds these test targets and what they need, and nothing else, with a Mutex that the sanitizer
# sees lock (Tests/Support/SanitizedLocks). Tests that run other programs are not among them: the library that does has a
# Mutex of its own. A debug build, as the sanitizer's makers advise; leaks are looked for without it.
.PHONY: test-tsan
test-tsan: packages-test $(VENV)/tests.done ## Run the tests of what is concurrent under the thread sanitizer
	STRATA_TEST_TARGETS="$(CONCURRENT)" $(RUN) swift test --sanitize=thread --scratch-path .build/tsan \
		-Xswiftc -gline-tables-only --skip 'GitTests\.LeakTests' --skip 'LocalTests\.CommandSecretTests'
	@echo "No races found."

.PHONY: fuzz
fuzz: packages-build ## Give every reader of what strangers write 30 s of hostile input
	Fuzz/run 30

.PHONY: bench
bench: packages-test $(VENV)/tests.done build ## Measure Strata beside what one would otherwise run
	@Benchmarks/run

.PHONY: build
build: packages-build ## Build the release binary
	swift build $(SWIFT_FLAGS) --product strata

# A program that holds Swift's own libraries is what leaves this machine: the fleet's functions, and what people install.
# A bundle holds the other libraries. uv is the one that needs no loader.
LAMBDA := .build/lambda
LAMBDA_UV := $(LAMBDA)/uv/uv

.PHONY: static
static: packages-build $(LAMBDA_UV) $(VENV)/bundle.done
	swift build $(SWIFT_FLAGS) --static-swift-stdlib --scratch-path $(LAMBDA)/swift --product strata

.PHONY: lambda
lambda: static ## Make the zip of the fleet's functions for AWS Lambda
	$(PYTHON) scripts/lambda-bundle.py $(LAMBDA)/swift/release/strata $(LAMBDA_UV) $(LAMBDA)/strata-lambda.zip

.PHONY: test-lambda
test-lambda: lambda ## Start that zip in an empty root, and let it publish a real package there
	$(PYTHON) Tests/Bundle/run $(LAMBDA)/strata-lambda.zip

.PHONY: dist
dist: static packages-dist ## Make the package, the archive and the image that people install; DIST_KEY=FILE signs them
	$(PYTHON) scripts/dist.py $(LAMBDA)/swift/release/strata $(LAMBDA_UV) $(LAMBDA)/swift/checkouts .build/dist \
		$(if $(DIST_KEY),--key $(DIST_KEY))

.PHONY: test-dist
test-dist: dist packages-dist-test ## Install these in roots that hold nothing else, and publish a real package there: root's rights
	$(PYTHON) Tests/Dist/install.py .build/dist

$(LAMBDA_UV): scripts/requirements-uv.txt $(VENV)/uv.done
	rm -rf $(@D) && mkdir -p $(@D)
	$(VENV)/bin/pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
		--platform musllinux_1_1_$(shell uname -m) --dest $(@D) -r $<
	$(PYTHON) -m zipfile -e $(@D)/uv-*.whl $(@D)/wheel
	install -m 755 $(@D)/wheel/uv-*.data/scripts/uv $@

$(VENV)/bundle.done: scripts/requirements-bundle.txt $(VENV)/uv.done
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: build-tests
build-tests: packages-test $(VENV)/tests.done build
	swift build $(SWIFT_FLAGS) --build-tests

.PHONY: format
format: ## Format the sources
	swift-format format -i -r -p Sources Tests Benchmarks Package.swift

.PHONY: lint
lint: packages-build $(VENV)/tests.done $(VENV)/lint.done ## Check the format, Python's types, workflows, and which packages are used
	swift-format lint --strict -r -p Sources Tests Benchmarks Package.swift
	$(VENV)/bin/ruff check
	$(VENV)/bin/mypy
	scripts/lint-workflows
	scripts/packages.py check
	@echo "Nothing to find fault with."

.PHONY: lines
lines: ## Count files and lines by module
	@scripts/lines.py

.PHONY: packages-build packages-test packages-dist packages-dist-test
packages-build:
	@scripts/install-packages build
	@scripts/packages.py pin
packages-test:
	@scripts/install-packages build test
	@scripts/packages.py pin
packages-dist:
	@scripts/install-packages dist
packages-dist-test:
	@scripts/install-packages dist dist-test

# Pinned tools in an environment of the project's own. The marks are made last, so a broken set-up is made again.
$(VENV)/uv.done: scripts/requirements-uv.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(VENV)/tests.done: Tests/Servers/requirements.txt Tests/Browser/requirements.txt $(VENV)/uv.done
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r Tests/Servers/requirements.txt -r Tests/Browser/requirements.txt
	@touch $@

$(VENV)/lint.done: scripts/requirements-lint.txt $(VENV)/uv.done
	$(VENV)/bin/pip install --quiet --disable-pip-version-check -r $<
	@touch $@

.PHONY: clean
clean: ## Remove what was built and rendered
	rm -rf .build $(VENV) demo/out
