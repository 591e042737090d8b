# `make` lists the targets. `make test` needs nothing but a Rust toolchain.

CARGO ?= cargo
# Where cargo puts what it builds.
TARGET = $(or $(CARGO_TARGET_DIR),target)
SPEC = $(CARGO) run --quiet --locked --package codegen --features cli --bin spec --

.DEFAULT_GOAL := help

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## The release binary, target/release/argocd-mcp
	$(CARGO) build --release --locked

PORT ?= 3000

.PHONY: run
run: build ## Serve HTTP from the release binary [PORT=3000]
	$(TARGET)/release/argocd-mcp http --port $(PORT)

# What is built; `make dev` builds again when one of these is newer than the last build.
SOURCES = Cargo.toml build.rs src openapi codegen/src

.PHONY: dev
dev: ## Serve HTTP from a debug build, built and started again when a source changes [PORT=3000]
	@mkdir -p $(TARGET); server=; trap '[ -z "$$server" ] || kill $$server; exit 0' INT TERM; \
	while :; do \
	  touch $(TARGET)/dev-built; \
	  if $(CARGO) build --locked; then \
	    $(TARGET)/debug/argocd-mcp http --port $(PORT) & server=$$!; \
	  fi; \
	  until [ -n "$$(find $(SOURCES) -newer $(TARGET)/dev-built -type f | head -1)" ]; do sleep 1; done; \
	  [ -z "$$server" ] || { kill $$server; wait $$server || true; server=; }; \
	done

.PHONY: demo
demo: ## A conversation with a made-up Argo CD: no cluster needed
	@$(CARGO) run --locked -- demo

.PHONY: test
test: ## All tests
	$(CARGO) test --workspace --locked

.PHONY: check
check: ## Format, lints, dependencies, generated files, every operation accounted for
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --all-features --locked -- --deny warnings
	$(CARGO) clippy --no-default-features --locked -- --deny warnings
	$(SPEC) check
	INSTA_UPDATE=no INSTA_FORCE_PASS=0 $(CARGO) test --locked --test it -- docs:: schemas:: guide:: layers::
	@if $(CARGO) deny --version >/dev/null 2>&1; then $(CARGO) deny --log-level error check bans licenses sources; \
	else echo "cargo-deny is not installed: dependencies unchecked (cargo install --locked cargo-deny)"; fi

.PHONY: docs
docs: ## Write the generated pages and snapshots
	INSTA_UPDATE=always $(CARGO) test --locked --package codegen -- --quiet
	UPDATE=1 INSTA_UPDATE=always $(CARGO) test --locked --test it -- --quiet

.PHONY: spec
spec: ## Write openapi/argocd.json: FROM=<file or URL> [RELEASE=v3.6.0]
	@test -n "$(FROM)" || { echo "make spec FROM=<file or URL of a swagger.json> [RELEASE=v3.6.0]"; exit 64; }
	@RELEASE="$(RELEASE)" $(SPEC) normalise "$(FROM)"

.PHONY: spec-matrix
spec-matrix: ## Build and test against other releases: [DIR=<folder of swagger files>], tests/specs unless given
	@tests/scripts/spec-matrix $(if $(DIR),"$(DIR)")

.PHONY: conformance
conformance: ## The official MCP conformance suites; needs npm
	conformance/run

.PHONY: providers
providers: ## Sign in at real identity providers, oidc-provider and Dex; needs npm, Go, python3
	$(CARGO) build --locked
	tests/providers/run

.PHONY: image
image: ## The container image, static and non-root [IMAGE=argocd-mcp:0.1.0]; without an engine its root, tried out
	@IMAGE="$(IMAGE)" CARGO="$(CARGO)" packaging/image/build

.PHONY: chart
chart: ## Lint and render the Helm chart, compare packaging/kubernetes.yaml
	@packaging/helm/check

# What goes into packages: the static binary where there is one.
BINARY = $(firstword $(wildcard $(TARGET)/$(shell uname -m)-unknown-linux-musl/release/argocd-mcp) $(TARGET)/release/argocd-mcp)
SYSTEM = $(shell uname -s | tr A-Z a-z)
MACHINE = $(shell uname -m | sed -e s/x86_64/x64/ -e s/aarch64/arm64/)

$(TARGET)/release/argocd-mcp:
	$(MAKE) build

.PHONY: npm
npm: $(BINARY) ## The npm packages of this platform, in target/npm
	@packaging/npm/pack $(SYSTEM)-$(MACHINE)=$(BINARY)

.PHONY: mcpb
mcpb: $(BINARY) ## The MCPB bundle of this platform, in target/mcpb
	@packaging/mcpb/pack $(SYSTEM) $(BINARY)

.PHONY: bench
bench: ## Measure start, memory, size, calls over curl, and a clean release build
	$(CARGO) bench --locked --bench product
	$(CARGO) bench --locked --bench http
	@rm -rf target/clean-build
	@begun=$$(date +%s); $(CARGO) build --release --locked --quiet --target-dir target/clean-build; \
	echo "clean release build      $$(($$(date +%s) - begun)) s on $$(nproc) cores"; rm -rf target/clean-build
