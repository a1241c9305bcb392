# Needs Go, make and git. `make help` lists the targets.

IMG ?= callplane-manager:dev
# NAMESPACE is where the manager and its own objects are.
NAMESPACE ?= callplane-system
CONTAINER_TOOL ?= docker
KUBECTL ?= kubectl
# GO_TEST_FLAGS goes to every go test: make test GO_TEST_FLAGS='-run Delete -v'
GO_TEST_FLAGS ?=
# FUZZ_TIME is how long each fuzz target runs.
FUZZ_TIME ?= 10s
# FUZZ_IN are the folders whose targets run.
FUZZ_IN ?= internal test
# RUN_FLAGS goes to the manager: make run RUN_FLAGS=--zap-log-level=debug
RUN_FLAGS ?=
# EXPLORE_FLAGS go to the explorer: make explore EXPLORE_FLAGS='-world W1'
EXPLORE_FLAGS ?=
# BENCH_FLAGS go to the benchmark: make bench BENCH_FLAGS='-quick -only P1,P2'
BENCH_FLAGS ?=
# EXIT=1 makes the demo end by itself.
EXIT ?=
# CA_CERTIFICATES is what image-prebuilt trusts.
CA_CERTIFICATES ?= /etc/ssl/certs/ca-certificates.crt

SHELL := /usr/bin/env bash -o pipefail
.SHELLFLAGS := -ec

# The same for every go command, so that one build cache serves all.
export CGO_ENABLED := 0
export GOFLAGS := $(strip $(filter-out -trimpath,$(GOFLAGS)) -trimpath)

# BUILD shows how far a go build is.
BUILD := $(CURDIR)/hack/build.sh

BIN := $(CURDIR)/bin
TESTBED := $(BIN)/testbed
CONTROLLER_GEN := $(BIN)/controller-gen
GOLANGCI_LINT := $(BIN)/golangci-lint
CLIENTS := $(BIN)/clients
CHART := charts/callplane
MODULES := . hack/dashboard hack/tools hack/tools/lint test/bench/peer test/controlplane test/livekit $(wildcard test/clients/modules/*)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

##@ General

.PHONY: help
help: ## Show this help.
	@awk 'BEGIN {FS = ":.*##"; printf "\nUsage:\n  make \033[36m<target>\033[0m\n"} /^[a-zA-Z_0-9-]+:.*?##/ { printf "  \033[36m%-16s\033[0m %s\n", $$1, $$2 } /^##@/ { printf "\n\033[1m%s\033[0m\n", substr($$0, 5) } ' $(MAKEFILE_LIST)

.PHONY: demo
demo: testbed build ## Tell Callplane's story on a cluster of its own and leave it up until Ctrl-C; EXIT=1 ends by itself.
	@$(BUILD) "the demo" $(BIN)/callplane-demo ./test/demo -ldflags='-s -w'
	@exec $(BIN)/callplane-demo $(if $(filter-out 0 no false,$(EXIT)),-exit)

.PHONY: playground
playground: testbed build ## Start what the demo starts, and tell no story: docs/tutorial.md begins here.
	@$(BUILD) "the playground" $(BIN)/callplane-demo ./test/demo -ldflags='-s -w'
	@exec $(BIN)/callplane-demo -playground

##@ Development

.PHONY: generate
generate: $(CONTROLLER_GEN) ## Write the DeepCopy methods of the API.
	$(CONTROLLER_GEN) object:headerFile=hack/boilerplate.go.txt paths=./api/...

.PHONY: manifests
manifests: $(CONTROLLER_GEN) ## Write the CRDs and the manager's role into config/.
	$(CONTROLLER_GEN) crd paths=./api/... output:crd:artifacts:config=config/crd/bases
	$(CONTROLLER_GEN) rbac:roleName=callplane-manager paths=./internal/controller output:rbac:artifacts:config=config/rbac

.PHONY: observability
observability: ## Write the PrometheusRule from its rules, and the Grafana dashboard, into config/.
	@{ cat hack/prometheusrule.yaml.txt; sed -n '/^groups:/,$$s/^./  &/p' config/prometheus/rules.yaml; } >config/prometheus/rule.yaml
	cd hack/dashboard && go run . >$(CURDIR)/config/grafana/callplane.json

.PHONY: chart
chart: manifests observability ## Write what the Helm chart has from config/, and its table of values.
	go run ./hack/chart

.PHONY: reference
reference: manifests build ## Write docs/reference from the CRDs, the manager's help and the constants of the API.
	@# Without an environment: a default that is from there would be that of whoever asks.
	env -i $(BIN)/callplane-manager --help 2>&1 | go run ./hack/reference

.PHONY: argocd
argocd: ## Write what Argo CD is configured with from the scripts in config/argocd.
	go run ./hack/argocd

.PHONY: fmt
fmt: $(GOLANGCI_LINT) ## Format the Go code.
	$(GOLANGCI_LINT) fmt ./...

.PHONY: lint
lint: $(GOLANGCI_LINT) ## Run the linters, the API linter and the architecture's import rules among them.
	$(GOLANGCI_LINT) run ./...
	$(GOLANGCI_LINT) run --build-tags=failpoints ./cmd ./internal/failpoint
	$(GOLANGCI_LINT) run --build-tags=clients ./test/clients/...

.PHONY: verify
verify: generate chart argocd reference $(GOLANGCI_LINT) ## Fail if anything generated, tidied or formatted differs from git.
	$(GOLANGCI_LINT) fmt --diff ./...
	@for module in $(MODULES); do \
		echo "go mod tidy -diff ($$module)"; \
		(cd "$$module" && go mod tidy -diff) || exit 1; \
	done
	@if [ -n "$$(git status --porcelain)" ]; then \
		echo "The tree differs from git: commit what make generate chart argocd reference wrote, or your own changes."; \
		git status --short; git --no-pager diff; exit 1; \
	fi

##@ Test

.PHONY: test
test: build build-failpoints plugin testbed ## Run every test that needs no extra client.
	go test -timeout 60m $(GO_TEST_FLAGS) ./...
	go test -tags failpoints -timeout 5m $(GO_TEST_FLAGS) ./internal/failpoint

.PHONY: test-unit
test-unit: ## Run the tests that start no cluster and no LiveKit server.
	go test -timeout 5m $(GO_TEST_FLAGS) $$(go list -f '{{.ImportPath}} {{.Imports}} {{.TestImports}} {{.XTestImports}}' ./... | grep -v 'callplane/test/\(bed\|bench/rig\|[we]\)' | cut -d' ' -f1)
	go test -tags failpoints -timeout 5m $(GO_TEST_FLAGS) ./internal/failpoint

.PHONY: test-race
test-race: build build-failpoints plugin testbed ## Run all tests under the race detector. Needs a C compiler.
	@command -v "$$(go env CC)" >/dev/null || { echo "test-race needs a C compiler: install one, or set CC"; exit 1; }
	CGO_ENABLED=1 go test -race -timeout 60m $(GO_TEST_FLAGS) ./...
	CGO_ENABLED=1 go test -race -tags failpoints -timeout 5m $(GO_TEST_FLAGS) ./internal/failpoint

.PHONY: test-clients
test-clients: build testbed clients ## Build the real clients, and run the tests that need them.
	go test -tags clients -timeout 60m $(GO_TEST_FLAGS) ./test/clients/...

.PHONY: helm-lint
helm-lint: $(CLIENTS)/helm $(CLIENTS)/helm-unittest ## Lint the Helm chart and run its unit tests.
	$(CLIENTS)/helm lint --strict $(CHART)
	$(CLIENTS)/helm-unittest --strict $(CHART)

.PHONY: explore
explore: ## Explore every crash, fault and stale read of every world.
	go run ./test/explore/cmd/explore $(EXPLORE_FLAGS)

.PHONY: mutants
mutants: ## Take one safeguard at a time out of the source and want the explorer to miss it.
	go run ./test/explore/cmd/mutants

.PHONY: bench
bench: build testbed bench-peer ## Measure Callplane beside its rivals and the providers' limits; see docs/performance.md.
	@$(BUILD) "the benchmark" $(BIN)/callplane-bench ./test/bench -ldflags='-s -w'
	@exec $(BIN)/callplane-bench -out=$(BIN)/bench $(BENCH_FLAGS)

.PHONY: bench-peer
bench-peer:
	@cd test/bench/peer && $(BUILD) "crossplane-runtime, the benchmark's peer" $(BIN)/callplane-bench-peer . -ldflags='-s -w'

.PHONY: fuzz
fuzz: ## Run every fuzz target for FUZZ_TIME, one after the other.
	hack/fuzz.sh $(FUZZ_TIME) $(FUZZ_IN)

##@ Build

.PHONY: build
build: ## Build bin/callplane-manager, a static binary.
	@$(BUILD) "bin/callplane-manager" $(BIN)/callplane-manager ./cmd -ldflags='-s -w'

.PHONY: build-failpoints
build-failpoints: ## Build bin/callplane-manager-failpoints, which dies where a test says.
	$(BUILD) "bin/callplane-manager-failpoints" $(BIN)/callplane-manager-failpoints ./cmd -tags=failpoints -ldflags='-s -w'

# COMPLETE is what kubectl looks for to complete the arguments of the plugin.
COMPLETE := kubectl_complete-phonenumber

.PHONY: plugin
plugin: ## Build bin/kubectl-phonenumber, the kubectl plugin; see docs/plugin.md.
	@$(BUILD) "bin/kubectl-phonenumber" $(BIN)/kubectl-phonenumber ./cmd/kubectl-phonenumber -ldflags='-s -w'
	@install -m 0755 cmd/kubectl-phonenumber/$(COMPLETE) $(BIN)/$(COMPLETE)

# PLUGIN_PLATFORMS are those of .krew.yaml.
PLUGIN_PLATFORMS := linux_amd64 linux_arm64 darwin_amd64 darwin_arm64

.PHONY: plugin-archives
plugin-archives: $(PLUGIN_PLATFORMS:%=dist/kubectl-phonenumber_%.tar.gz) ## Write the archives of the plugin for a release into dist, as .krew.yaml names them.

.PHONY: $(PLUGIN_PLATFORMS:%=dist/kubectl-phonenumber_%.tar.gz)
$(PLUGIN_PLATFORMS:%=dist/kubectl-phonenumber_%.tar.gz): dist/kubectl-phonenumber_%.tar.gz:
	@mkdir -p dist $(BIN)/plugin/$*
	@GOOS=$(word 1,$(subst _, ,$*)) GOARCH=$(word 2,$(subst _, ,$*)) $(BUILD) "the plugin for $*" $(BIN)/plugin/$*/kubectl-phonenumber ./cmd/kubectl-phonenumber -ldflags='-s -w'
	@install -m 0755 cmd/kubectl-phonenumber/$(COMPLETE) $(BIN)/plugin/$*/$(COMPLETE)
	@install -m 0644 LICENSE $(BIN)/plugin/$*/LICENSE
	@tar -C $(BIN)/plugin/$* -czf $@ .

.PHONY: run
run: build ## Run the manager here, against the cluster of your kubeconfig, which has the CRDs and the namespace.
	exec $(BIN)/callplane-manager --namespace=$(NAMESPACE) --leader-elect=false --metrics-bind-address=0 --health-probe-bind-address=0 $(RUN_FLAGS)

.PHONY: image
image: ## Build the container image IMG.
	$(CONTAINER_TOOL) build --build-arg VERSION=$$(git describe --tags --always --dirty) --build-arg REVISION=$$(git rev-parse HEAD) -t $(IMG) .

.PHONY: image-prebuilt
image-prebuilt: build ## Build the image IMG from bin/callplane-manager, without pulling a base image.
	cp $(CA_CERTIFICATES) $(BIN)/ca-certificates.crt
	$(CONTAINER_TOOL) build --target prebuilt -t $(IMG) .

.PHONY: build-installer
build-installer: configure ## Write dist/install.yaml: all that deploy installs, with the image IMG, into NAMESPACE.
	@mkdir -p dist
	$(KUBECTL) kustomize $(BIN)/config/default | sed 's|image: callplane-manager:dev|image: $(IMG)|' >$(BIN)/install.yaml
	@mv $(BIN)/install.yaml dist/install.yaml

.PHONY: clean
clean: ## Remove bin/ and dist/.
	rm -rf $(BIN) dist

##@ Deployment

# USER_ROLES are for people: who may view, edit and force.
USER_ROLES := $(foreach role,view edit force_delete,-f config/rbac/$(role)_role.yaml)

.PHONY: install
install: configure ## Install the CRDs, the admission policies and the roles for people into the cluster of your kubeconfig.
	$(KUBECTL) apply --server-side -k config/crd
	$(KUBECTL) apply --server-side -k $(BIN)/config/policy
	$(KUBECTL) apply --server-side $(USER_ROLES)

.PHONY: uninstall
uninstall: ## Tear down all numbers and trunks, then remove what install installed. The manager must still run.
	@# Numbers and trunks first: one that is retained needs the CRD of the OrphanRecord.
	@# Whether some are protected is asked before any of them goes. What they needed is let
	@# go of by the manager, with its Secrets, so that goes before its CRDs, too.
	if $(KUBECTL) get crd phonenumbers.callplane.io >/dev/null 2>&1; then \
		protected=$$($(KUBECTL) get $(OWNERS) --all-namespaces -o jsonpath='$(PROTECTED)'); \
		if [ -n "$$protected" ]; then echo "Nothing was deleted. Protected by callplane.io/deletion-protection: $${protected%, }"; exit 1; fi; \
		$(KUBECTL) delete $(OWNERS) --all --all-namespaces; \
		$(KUBECTL) delete $(NEEDED) --all --all-namespaces; \
		$(KUBECTL) annotate --overwrite --recursive=false -k config/crd callplane.io/allow-crd-deletion=true; \
	fi
	$(KUBECTL) delete --ignore-not-found -k config/crd
	$(KUBECTL) delete --ignore-not-found -k config/policy
	$(KUBECTL) delete --ignore-not-found $(USER_ROLES)

# OWNERS are the kinds that have something at the providers. A trunk waits for its numbers.
OWNERS := phonenumbers.callplane.io,siptrunks.callplane.io
NEEDED := voiceagents.callplane.io,twilioaccounts.callplane.io,livekitprojects.callplane.io
PROTECTED := {range .items[?(@.metadata.annotations.callplane\.io/deletion-protection=="true")]}{.kind} {.metadata.namespace}/{.metadata.name}, {end}

.PHONY: configure
configure: # Write config with the chosen namespace into bin/config. All that needs it needs kubectl.
	@command -v $(firstword $(KUBECTL)) >/dev/null || { echo "There is no $(firstword $(KUBECTL)): install kubectl, or name one with KUBECTL=..."; exit 1; }
	@rm -rf $(BIN)/config && mkdir -p $(BIN) && cp -R config $(BIN)/config
	@sed 's|^namespace: .*|namespace: $(NAMESPACE)|' config/default/kustomization.yaml >$(BIN)/config/default/kustomization.yaml
	@sed 's|:callplane-system:|:$(NAMESPACE):|' config/policy/secret_guard.yaml >$(BIN)/config/policy/secret_guard.yaml

.PHONY: deploy
deploy: configure ## Install the CRDs, the policies, the roles and the manager with the image IMG into NAMESPACE.
	$(KUBECTL) kustomize $(BIN)/config/default | sed 's|image: callplane-manager:dev|image: $(IMG)|' | $(KUBECTL) apply --server-side -f -

.PHONY: undeploy
undeploy: configure uninstall ## Tear down all numbers and trunks, then remove everything that deploy installed.
	$(KUBECTL) delete --ignore-not-found -k $(BIN)/config/default

##@ Tools

.PHONY: tools
tools: $(CONTROLLER_GEN) $(GOLANGCI_LINT) ## Build controller-gen and golangci-lint into bin/.

$(CONTROLLER_GEN): hack/tools/go.mod hack/tools/go.sum
	@echo "Building controller-gen (about a minute the first time)"
	cd hack/tools && go build -o $@ sigs.k8s.io/controller-tools/cmd/controller-gen
	@touch $@

$(GOLANGCI_LINT): hack/tools/lint/go.mod hack/tools/lint/go.sum
	@echo "Building golangci-lint with the API linter (about 6 minutes the first time)"
	cd hack/tools/lint && go build -o $@ sigs.k8s.io/kube-api-linter/cmd/golangci-lint-kube-api-linter
	@touch $@

KUBERNETES_VERSION := $(shell awk '$$1 == "k8s.io/kubernetes" {print $$2}' test/controlplane/go.mod)
KUBERNETES_MAJOR := $(word 1,$(subst ., ,$(KUBERNETES_VERSION:v%=%)))
KUBERNETES_MINOR := $(word 2,$(subst ., ,$(KUBERNETES_VERSION:v%=%)))
KUBERNETES_BUILD := k8s.io/component-base/version
KUBERNETES_PARTS := $(addprefix $(TESTBED)/,etcd kube-apiserver kube-controller-manager kubectl)

.PHONY: testbed
testbed: $(KUBERNETES_PARTS) $(TESTBED)/livekit-server ## Build the real Kubernetes and LiveKit that tests run on into bin/testbed.

$(TESTBED)/controlplane: $(wildcard test/controlplane/*.go) test/controlplane/go.mod test/controlplane/go.sum
	@mkdir -p $(TESTBED)
	@cd test/controlplane && $(BUILD) "the Kubernetes $(KUBERNETES_VERSION) control plane" $@ . -ldflags='-s -w -X $(KUBERNETES_BUILD).gitVersion=$(KUBERNETES_VERSION) -X $(KUBERNETES_BUILD).gitMajor=$(KUBERNETES_MAJOR) -X $(KUBERNETES_BUILD).gitMinor=$(KUBERNETES_MINOR)'
	@touch $@

$(KUBERNETES_PARTS): $(TESTBED)/controlplane
	@ln -sf controlplane $@

$(TESTBED)/livekit-server: test/livekit/go.mod test/livekit/go.sum
	@mkdir -p $(TESTBED)
	@cd test/livekit && $(BUILD) "the LiveKit server" $@ github.com/livekit/livekit-server/cmd/server -ldflags='-s -w'
	@touch $@

# A client is a program that people use with Callplane. Each is built from a module of
# its own, so that none decides which versions another is built with:
# test/clients/modules/<name> requires it, with its main package as tool. To add one,
# write that and a line below: name, main package, flags of the linker, and the module if
# that has another name.
define client
CLIENT_PROGRAMS += $(CLIENTS)/$(1)
$(CLIENTS)/$(1): test/clients/modules/$(or $(4),$(1))/go.mod test/clients/modules/$(or $(4),$(1))/go.sum
	@mkdir -p $(CLIENTS)
	@cd test/clients/modules/$(or $(4),$(1)) && $(BUILD) "$(1)" $$@ $(2) -ldflags='-s -w $(3)'
	@touch $$@
endef

# version_of is the version of a module that a client is built with: client, module.
version_of = $(shell awk '$$1 == "$(2)" && $$2 ~ /^v/ {print $$2}' test/clients/modules/$(1)/go.mod)

$(eval $(call client,helm,helm.sh/helm/v4/cmd/helm,-X helm.sh/helm/v4/internal/version.version=$(call version_of,helm,helm.sh/helm/v4)))
$(eval $(call client,helm-unittest,github.com/helm-unittest/helm-unittest/cmd/helm-unittest))
$(eval $(call client,k9s,github.com/derailed/k9s,-X github.com/derailed/k9s/cmd.version=$(call version_of,k9s,github.com/derailed/k9s)))
$(eval $(call client,argocd,github.com/argoproj/argo-cd/v3/cmd,-X github.com/argoproj/argo-cd/v3/common.version=$(patsubst v%,%,$(call version_of,argocd,github.com/argoproj/argo-cd/v3)) -X github.com/argoproj/argo-cd/v3/common.kubectlVersion=$(call version_of,argocd,k8s.io/kubectl)))
# Prometheus without the ways to discover targets that no test needs: they are most of it.
$(eval $(call client,prometheus,github.com/prometheus/prometheus/cmd/prometheus -tags=remove_all_sd))
$(eval $(call client,promtool,github.com/prometheus/prometheus/cmd/promtool -tags=remove_all_sd,,prometheus))

.PHONY: clients
clients: $(CLIENT_PROGRAMS) ## Build the real clients that tests use into bin/clients.
