# SPDX-License-Identifier: Apache-2.0
# The face for people. `make` lists the targets; each installs the Debian packages that it needs (tools/packages).
MAKEFLAGS += --no-builtin-rules --no-print-directory
SHELL := /bin/bash
.DEFAULT_GOAL := help
PREFIX ?= /usr/local
JOBS ?= $(shell nproc)
export JOBS

# ccache wants a directory that it can write; a build account may have no home.
ifndef CCACHE_DIR
ifneq ($(shell test -w "$$HOME" && echo yes),yes)
export CCACHE_DIR := $(CURDIR)/build/ccache
endif
endif

.PHONY: help build package demo test fuzz bench bench-check soak guarantees coverage tidy format format-check install clean
.PHONY: deps-build deps-package deps-test deps-lint deps-fuzz

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

# What Debian 12 has too old, or not at all.
BEYOND_DEBIAN_build = tools/librdkafka
BEYOND_DEBIAN_test = { tools/kafka-server && tools/python; }
deps-build deps-package deps-test deps-lint deps-fuzz: deps-%:
	@tools/install-deps $*
	$(if $(BEYOND_DEBIAN_$*),@$(BEYOND_DEBIAN_$*) > /dev/null)

build: deps-build ## build/bin/ductape, release
	@tools/build release

package: deps-build deps-package ## ductape.deb and libductape-dev.deb in build/package
	@tools/package

demo: build ## 20,000 real departures through the embedded broker, with a ledger at the end
	@examples/flights/demo

test: deps-build deps-test deps-fuzz deps-package ## everything that must hold, with the time of each stage; STAGES="style dev" runs some
	@tools/test-stages $(STAGES)

# Not a conditional assignment: a shell may export its own SECONDS.
SECONDS = 60
fuzz: deps-build deps-test deps-fuzz ## each parser fed with random input for a minute; SECONDS=600 longer, TARGETS="event schema" some
	@tools/build fuzz fuzz_targets
	@tests/fuzz/run $(SECONDS) $(TARGETS)

bench: deps-build deps-test ## throughput and latency beside native twins, in one table
	@tools/build bench
	@benchmarks/run

bench-check: deps-build deps-test ## instructions per message and ratios against the kept baseline
	@tools/build bench
	@benchmarks/run --check

soak: deps-build deps-test ## two thousand kills with a ledger after each
	@tools/build dev
	@tests/chaos/soak

# Those of the list in tests/conformance/CMakeLists.txt.
REPORTED = local kafka nats rabbitmq redis
guarantees: deps-build deps-test ## docs/guarantees.md and docs/configuration.md, from a run of the conformance suite
	@tools/build dev
	@for provider in $(REPORTED); do \
	  build/dev/tests/conformance/$${provider}_conformance --report build/dev/tests/conformance/$$provider.tsv || exit 1; done
	@tools/docs build/dev/bin/ductape $(REPORTED:%=build/dev/tests/conformance/%.tsv)

coverage: deps-build deps-test ## line coverage by folder; fails below what src/policy must have
	@tools/coverage

tidy: deps-build deps-test deps-lint ## clang-tidy over the changed files; ALL=1: over all
	@tools/tidy $(if $(ALL),--all)

format: deps-test ## clang-format over every C++ file
	@tools/format

format-check: deps-test ## says which files clang-format would change
	@tools/format --check

install: build ## library, headers, binary into PREFIX (/usr/local); DESTDIR works
	@cmake --install build/release --prefix '$(PREFIX)' | tail -n 1
	@echo "installed into $(DESTDIR)$(PREFIX)"

clean: ## removes build/
	rm -rf build
