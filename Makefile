# Every recipe is one line; what is longer stands in scripts/.
T ?= 30s
GO ?= go
LDFLAGS ?= -s -w

.DEFAULT_GOAL := help
.PHONY: help run build test race test32 test-arm fuzz bench bench-peers soak lint generate interop hil cross size check clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## serve examples/bench on simulated hardware; Ctrl-C ends it
	@exec bin/rpi-ioc run --sim examples/bench/bench.yaml

build: ## build bin/rpi-ioc and bin/ca
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/ ./cmd/...

test: ## all tests, with the race detector and foreign EPICS programs; sets up what they need
	@scripts/venv.sh && $(GO) test -race -shuffle=on ./...

race: ## the tests without the foreign programs, with the race detector
	$(GO) test -race -shuffle=on $$($(GO) list ./... | grep -v /interop)

test32: ## the same tests as a 32-bit program (GOARCH=386)
	GOARCH=386 CGO_ENABLED=0 $(GO) test -shuffle=on $$($(GO) list ./... | grep -v /interop)

test-arm: ## the same tests as programs for a Pi Zero, under QEMU (Debian 12)
	@scripts/test-arm.sh

fuzz: ## run each fuzz target in turn for T (make fuzz T=10s)
	@scripts/fuzz.sh $(T)

bench: ## the benchmarks beside the code
	$(GO) test -run '^$$' -bench . -benchmem $$($(GO) list ./... | grep -v /interop)

bench-peers: build ## our server, softIoc and caproto under one load; prints the table of docs/performance.md
	@scripts/bench-peers.sh $(ARGS)

soak: ## good and hostile clients against our server for T (make soak T=1h); fails if it grows or breaks a promise
	$(GO) run ./bench/soak -t $(T)

lint: ## format, vet, staticcheck
	@scripts/lint.sh

generate: ## make the generated files anew
	$(GO) generate ./...

interop: ## only the tests against foreign EPICS programs
	@scripts/venv.sh && $(GO) test -count=1 -v ./interop/...

hil: ## rpi-ioc on an emulated Raspberry Pi (Debian 12; as root once, to install QEMU)
	@scripts/hil.sh

cross: ## build for every supported system
	@scripts/cross.sh

size: ## size of the stripped ARMv6 rpi-ioc
	@scripts/size.sh

check: ## what CI runs
	@.ci/run

clean: ## remove what was built
	rm -rf bin dist
