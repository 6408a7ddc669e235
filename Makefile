# The verbs of the project. `make` alone builds.

SWIFT ?= swift
PREFIX ?= /usr/local
DESTDIR ?=
RELEASE := .build/release
SOURCES := Package.swift Sources Tests

.PHONY: build debug test lint format bench demo install uninstall docs fuzz clean help

build: ## build roost for use (release) into .build/release
	@.ci/prerequisites build
	$(SWIFT) build -c release --static-swift-stdlib --product roost
	$(SWIFT) build -c release --static-swift-stdlib --product roost-shim
	$(SWIFT) build -c release --static-swift-stdlib --product roost-archive
	$(SWIFT) build -c release --static-swift-stdlib --product roost-registry

debug: ## build for development into .build/debug
	@.ci/prerequisites build
	$(SWIFT) build

test: ## run all tests; those that need root say so when it is missing
	@.ci/prerequisites test
	$(SWIFT) build --build-tests
	@SWIFT=$(SWIFT) .ci/tests

lint: ## check the formatting, strictly
	$(SWIFT) format lint --strict --recursive $(SOURCES)

format: ## format the sources in place
	$(SWIFT) format --in-place --recursive $(SOURCES)

bench: build ## compare with the kernel floor and with Docker and Podman where installed
	@.ci/prerequisites bench
	python3 Tests/Benchmark/run.py --cache .build/benchmark

demo: ## build roost and run the Node, MongoDB and Redis example
	@.ci/prerequisites demo
	@$(MAKE) --no-print-directory build
	compose-examples/demo.sh $(RELEASE)/roost

install: build ## install into $(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/libexec/roost
	install -m 755 -s $(RELEASE)/roost $(DESTDIR)$(PREFIX)/bin/roost
	install -m 755 -s $(RELEASE)/roost-shim $(DESTDIR)$(PREFIX)/libexec/roost/roost-shim
	install -m 755 -s $(RELEASE)/roost-archive $(DESTDIR)$(PREFIX)/libexec/roost/roost-archive
	install -m 755 -s $(RELEASE)/roost-registry $(DESTDIR)$(PREFIX)/libexec/roost/roost-registry

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(PREFIX)/bin/roost
	rm -rf $(DESTDIR)$(PREFIX)/libexec/roost

docs: ## write the parts of docs/ that are made from the code
	$(SWIFT) run roost __docs docs

fuzz: ## run the fuzz targets for a while
	Tests/Fuzz/run.sh

clean: ## remove what was built
	$(SWIFT) package clean

help: ## list the verbs
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12
