//go:build clients

package chart

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
)

// A difference is one between config/default and the chart that is meant.
type difference struct {
	reason string
	// undo makes of an object of the chart what config/default has.
	undo func(t *testing.T, object map[string]any)
}

var differences = map[key][]difference{
	{"Deployment", namespace, "callplane-manager"}: {
		{"the chart passes every value as a flag, with the manager's own default (TestDefaultsOfFlags)", withoutFlags},
		{"the image may be of a registry, and its policy is a value", withoutPullPolicy},
		{"pods of two releases in one namespace must not be each other's", withoutInstance("spec", "selector", "matchLabels")},
		{"the same for the labels of the pods", withoutInstance("spec", "template", "metadata", "labels")},
	},
	{"Service", namespace, "callplane-manager-metrics"}: {
		{"it selects the pods of its release", withoutInstance("spec", "selector")},
	},
	{"NetworkPolicy", namespace, "callplane-manager"}: {
		{"it selects the pods of its release", withoutInstance("spec", "podSelector", "matchLabels")},
	},
}

// hooks are no part of an installation.
var hooks = []key{
	{"Job", namespace, "callplane-may-uninstall"},
	{"Pod", namespace, "callplane-ready"},
	{"Service", namespace, "callplane-ready"},
	{"NetworkPolicy", namespace, "callplane-ready"},
}

// TestSameAsConfig compares, object by object, what Helm renders with what kustomize
// builds of config/default, the optional network policy included.
func TestSameAsConfig(t *testing.T) {
	chart := parse(t, render(t, "--set=networkPolicy.enabled=true"))
	config := withoutStrayNamespaces(parse(t, kustomize(t)))
	// Helm makes the namespace by --create-namespace, since it keeps its release there.
	delete(config, key{"Namespace", "", namespace})
	for _, hook := range hooks {
		if chart[hook] == nil {
			t.Errorf("%v is not in the chart", hook)
		}
		delete(chart, hook)
	}
	for k := range chart {
		if config[k] == nil {
			t.Errorf("only the chart has %v", k)
		}
	}
	for k, want := range config {
		got := chart[k]
		if got == nil {
			t.Errorf("the chart has no %v", k)
			continue
		}
		for _, difference := range differences[k] {
			before := got.DeepCopy()
			difference.undo(t, got.Object)
			if cmp.Equal(before.Object, got.Object) {
				t.Errorf("%v: %q is no difference any more", k, difference.reason)
			}
		}
		wantLabels(t, k, want, got)
		if diff := cmp.Diff(bare(want), bare(got)); diff != "" {
			t.Errorf("%v (-config +chart):\n%s", k, diff)
		}
	}
	for k := range differences {
		if config[k] == nil {
			t.Errorf("%v has differences, and does not exist", k)
		}
	}
}

// withoutStrayNamespaces takes off the namespace that kustomize puts on kinds of which
// it does not know that they have none; kubectl leaves it out, too.
func withoutStrayNamespaces(config objects) objects {
	for k, object := range config.only("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding") {
		delete(config, k)
		object.SetNamespace("")
		config[key{k.kind, "", k.name}] = object
	}
	return config
}

// kustomize builds config/default with its optional component.
func kustomize(t *testing.T) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.CopyFS(config, os.DirFS(inRepository(t, "config"))); err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(config, "with-network-policy")
	if err := os.MkdirAll(overlay, 0o755); err != nil {
		t.Fatal(err)
	}
	text := "resources: [../default]\ncomponents: [../network-policy]\n"
	if err := os.WriteFile(filepath.Join(overlay, "kustomization.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return kubectl(t, nil, "kustomize", overlay)
}

// wantLabels wants the labels of config, and those that Helm's users look for.
func wantLabels(t *testing.T, k key, config, chart *unstructured.Unstructured) {
	t.Helper()
	got := chart.GetLabels()
	for name, value := range config.GetLabels() {
		if got[name] != value {
			t.Errorf("%v has the label %s: %q, want %q", k, name, got[name], value)
		}
	}
	for _, name := range []string{"helm.sh/chart", "app.kubernetes.io/instance", "app.kubernetes.io/managed-by", "app.kubernetes.io/version"} {
		if got[name] == "" {
			t.Errorf("%v lacks the label %s", k, name)
		}
	}
}

// bare is an object without its labels, and without what has Helm keep it.
func bare(object *unstructured.Unstructured) map[string]any {
	object = object.DeepCopy()
	object.SetLabels(nil)
	annotations := object.GetAnnotations()
	delete(annotations, "helm.sh/resource-policy")
	if len(annotations) == 0 {
		annotations = nil
	}
	object.SetAnnotations(annotations)
	return object.Object
}

func container(t *testing.T, deployment map[string]any) map[string]any {
	t.Helper()
	containers, _, err := unstructured.NestedSlice(deployment, "spec", "template", "spec", "containers")
	if err != nil || len(containers) != 1 {
		t.Fatalf("%d containers, error %v", len(containers), err)
	}
	return containers[0].(map[string]any)
}

func setContainer(t *testing.T, deployment, container map[string]any) {
	t.Helper()
	if err := unstructured.SetNestedSlice(deployment, []any{container}, "spec", "template", "spec", "containers"); err != nil {
		t.Fatal(err)
	}
}

func withoutFlags(t *testing.T, deployment map[string]any) {
	manager := container(t, deployment)
	manager["args"] = slices.DeleteFunc(manager["args"].([]any), func(flag any) bool {
		name, _ := cutFlag(flag.(string))
		return slices.Contains(slices.Collect(maps.Keys(flags)), name)
	})
	setContainer(t, deployment, manager)
}

func withoutPullPolicy(t *testing.T, deployment map[string]any) {
	manager := container(t, deployment)
	delete(manager, "imagePullPolicy")
	setContainer(t, deployment, manager)
}

func withoutInstance(path ...string) func(*testing.T, map[string]any) {
	return func(_ *testing.T, object map[string]any) {
		unstructured.RemoveNestedField(object, append(slices.Clone(path), "app.kubernetes.io/instance")...)
	}
}

// kubectl runs kubectl, against a cluster if there is one.
func kubectl(t *testing.T, plane *kube.ControlPlane, arguments ...string) string {
	t.Helper()
	return kubectlInput(t, plane, "", arguments...)
}

func kubectlInput(t *testing.T, plane *kube.ControlPlane, input string, arguments ...string) string {
	t.Helper()
	if plane != nil {
		stdout, stderr, err := plane.KubectlInput(t.Context(), input, arguments...)
		if err != nil {
			t.Fatal(err, stderr)
		}
		return stdout
	}
	path, err := assets.Kubernetes("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := output(t, path, arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return stdout
}
