# The verbs of the project. `make` alone builds; `make help` lists them.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
# The tests to run: a regular expression over SUITE/TEST, as `swift test --filter` takes it.
FILTER ?=
RELEASE := .build/release
SOURCES := Package.swift Sources Tests
export SWIFT PREFIX DESTDIR

.PHONY: build debug test test-unit test-root tests-built coverage sanitize lint format check docs \
	docs-check bench chaos exhaust storm soak demo install uninstall deb deb-test fuzz clean help

build: ## build roost for use (release) into .build/release
	@.ci/prerequisites build
	$(SWIFT) build -c release --static-swift-stdlib --product roost
	$(SWIFT) build -c release --static-swift-stdlib --product roost-shim
	$(SWIFT) build -c release --static-swift-stdlib --product roost-archive
	$(SWIFT) build -c release --static-swift-stdlib --product roost-registry

debug: ## build for development into .build/debug
	@.ci/prerequisites build
	$(SWIFT) build

test: tests-built ## run all tests, or those that FILTER=... names
	@.ci/tests all '$(FILTER)'

test-unit: tests-built ## run the tests that do not need root
	@.ci/tests unit '$(FILTER)'

test-root: tests-built ## run the tests that need root
	@.ci/tests root '$(FILTER)'

tests-built:
	@.ci/prerequisites test
	$(SWIFT) build --build-tests

coverage: ## show how much of each module the tests run (FILTER=..., SUITES=... for a part)
	@.ci/prerequisites test
	@.ci/coverage '$(FILTER)'

sanitize: ## run tests under the address and the thread sanitizer (ONLY=address or thread)
	@.ci/prerequisites test
	@.ci/sanitize $(ONLY)

lint: ## check the formatting and the shell scripts, strictly
	$(SWIFT) format lint --strict --recursive $(SOURCES)
	@.ci/lint-scripts

format: ## format the sources in place
	$(SWIFT) format --in-place --recursive $(SOURCES)

check: lint docs-check test ## all that must be green before a commit

docs: ## write the page of docs/ and the table of options that are made from the code
	$(SWIFT) run roost __docs .

docs-check:
	@.ci/prerequisites build
	@.ci/docs-check

bench: build ## compare with the kernel floor and with Docker and Podman where installed
	@.ci/prerequisites bench
	python3 Tests/Benchmark/run.py --cache .build/benchmark

chaos: debug ## kill each process at each of its calls, and have each call fail (CHAOS="--seconds 600")
	@.ci/prerequisites test
	python3 Tests/Sweep/run.py $(CHAOS)

exhaust: debug ## let space, inodes, descriptors, processes and memory run out (EXHAUST="--seconds 600")
	@.ci/prerequisites test
	python3 Tests/Sweep/exhaust.py $(EXHAUST)

storm: build ## kill whatever runs 10,000 times while commands change a project (KILLS=...)
	@.ci/prerequisites bench
	python3 Tests/Chaos/storm.py --kills $(or $(KILLS),10000)

soak: build ## run 60 services for two hours and see that nothing grows (MINUTES=...)
	@.ci/prerequisites bench
	python3 Tests/Chaos/soak.py --minutes $(or $(MINUTES),120)

demo: ## build roost and run the Node, MongoDB and Redis example
	@.ci/prerequisites demo
	@$(MAKE) --no-print-directory build
	compose-examples/demo.sh $(RELEASE)/roost

install: ## install what was built into $(PREFIX), below $(DESTDIR); needs no Swift
	@.ci/install install

uninstall: ## remove exactly what install put there
	@.ci/install uninstall

deb: ## make a Debian package of what was built, in .build/deb
	@.ci/deb

deb-test: ## check the package with lintian, install, run and purge it on a minimal Debian 12
	@.ci/prerequisites deb
	@.ci/deb-test

fuzz: ## run the fuzz targets for a while
	Tests/Fuzz/run.sh

clean: ## remove what was built
	$(SWIFT) package clean
	rm -rf .build/coverage .build/sanitize-address .build/sanitize-thread .build/deb .build/fuzz

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
