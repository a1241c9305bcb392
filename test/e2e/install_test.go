package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestOlderThanThePolicy shows that an object which a policy would not have let
// come about can be edited all the same.
func TestOlderThanThePolicy(t *testing.T) {
	namespace := namespaceFor(t)
	admin := asAdmin(t)
	restore := withoutForceGate(t)
	number := bareNumber(namespace, "old", annotated(v1alpha1.AnnotationForceDelete))
	createWith(t, admin, number)
	t.Cleanup(func() { release(t, namespace) })
	restore()
	editor := user(t, namespace, "author", "edit")
	if err := editor.Patch(t.Context(), number, merge(`{"spec":{"displayName":"Support"}}`)); err != nil {
		t.Errorf("an older object cannot be edited: %v", err)
	}
	if err := editor.Patch(t.Context(), number, merge(`{"metadata":{"annotations":null}}`)); err != nil {
		t.Errorf("the annotation cannot be taken off: %v", err)
	}
	err := editor.Patch(t.Context(), number, merge(`{"metadata":{"annotations":{"callplane.io/force-delete":"true"}}}`))
	if err == nil || !strings.Contains(err.Error(), "Force delete is only allowed for corrupted phone numbers") {
		t.Errorf("the annotation came back: %v", err)
	}
}

// withoutForceGate removes the binding of the force gate until the function that it
// returns is called, at the latest at the end of the test.
func withoutForceGate(t *testing.T) (restore func()) {
	t.Helper()
	if _, stderr, err := plane.Kubectl(t.Context(), "delete", "validatingadmissionpolicybinding", "callplane-force-gate"); err != nil {
		t.Fatal(err, stderr)
	}
	probe := bareNumber("default", "probe", annotated(v1alpha1.AnnotationForceDelete))
	admin := asAdmin(t)
	eventually(t, "the policy not to be enforced", func(ctx context.Context) string {
		if err := admin.Create(ctx, probe.DeepCopy(), client.DryRunAll); err != nil {
			return err.Error()
		}
		return ""
	})
	done := false
	restore = func() {
		if done {
			return
		}
		done = true
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		install(ctx, t, "config/policy")
		if err := awaitPolicies(ctx); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(restore)
	return restore
}

// TestCRDGuard shows that a CRD goes once it is said that it may.
func TestCRDGuard(t *testing.T) {
	crd := `{"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "probes.callplane.io"}, "spec": {
		"group": "callplane.io", "scope": "Namespaced", "names": {"plural": "probes", "singular": "probe", "kind": "Probe", "listKind": "ProbeList"},
		"versions": [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object"}}}]}}`
	if _, stderr, err := plane.KubectlInput(t.Context(), crd, "apply", "-f", "-"); err != nil {
		t.Fatal(err, stderr)
	}
	_, stderr, err := plane.Kubectl(t.Context(), "delete", "crd", "probes.callplane.io")
	if want := "kubectl annotate crd probes.callplane.io callplane.io/allow-crd-deletion=true"; err == nil || !strings.Contains(stderr, want) {
		t.Errorf("it says %q, want %q", stderr, want)
	}
	for _, arguments := range [][]string{
		{"annotate", "crd", "probes.callplane.io", v1alpha1.AnnotationAllowCRDDeletion + "=true"},
		{"delete", "crd", "probes.callplane.io"},
	} {
		if _, stderr, err := plane.Kubectl(t.Context(), arguments...); err != nil {
			t.Error(err, stderr)
		}
	}
}

// TestOtherNamespace installs Callplane into another namespace and shows that the
// Secret guard knows the manager there.
func TestOtherNamespace(t *testing.T) {
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		install(ctx, t, "config/default")
		if _, stderr, err := plane.Kubectl(ctx, "delete", "namespace", "telephony"); err != nil {
			t.Error(err, stderr)
		}
	})
	install(t.Context(), t, moved(t, "telephony"))
	namespace := namespaceFor(t)
	stage(t, namespace)
	manager := account(t, "telephony", "callplane-manager")
	eventually(t, "the Secret guard to know the manager", func(ctx context.Context) string {
		secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "key"}}
		if err := manager.Get(ctx, client.ObjectKeyFromObject(secret), secret); err != nil {
			return err.Error()
		}
		secret.Data["authToken"] = []byte("1")
		err := manager.Update(ctx, secret, client.DryRunAll)
		if err == nil || !strings.Contains(err.Error(), "callplane-secret-guard") {
			return fmt.Sprintf("its change of a Secret got %v", err)
		}
		return ""
	})
}

// moved is a copy of config/default that installs into another namespace, as a
// person makes it.
func moved(t *testing.T, namespace string) string {
	t.Helper()
	config := filepath.Join(t.TempDir(), "config")
	if err := os.CopyFS(config, os.DirFS(inRepository(t, "config"))); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(config, "default", "kustomization.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	edited := strings.Replace(string(text), "namespace: callplane-system", "namespace: "+namespace, 1)
	if err := os.WriteFile(file, []byte(edited), 0o600); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(config, "default")
}

// install applies a kustomization, given from the top of the repository.
func install(ctx context.Context, t *testing.T, path string) {
	t.Helper()
	if !filepath.IsAbs(path) {
		path = inRepository(t, path)
	}
	if _, stderr, err := plane.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-k", path); err != nil {
		t.Fatal(err, stderr)
	}
}

func inRepository(t *testing.T, path string) string {
	t.Helper()
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, path)
}

// TestMakeTargets installs and removes Callplane with the commands of the README,
// on a cluster of its own.
func TestMakeTargets(t *testing.T) {
	cluster, err := kube.Start(testContext(t), kube.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	for _, arguments := range [][]string{
		{"install"},
		{"uninstall"},
		{"deploy", "IMG=registry.example.com/callplane-manager:dev", "NAMESPACE=telephony"},
		{"undeploy", "NAMESPACE=telephony"},
	} {
		runMake(t, cluster, true, arguments...)
	}
	if stdout, _, err := cluster.Kubectl(t.Context(), "get", "crd,validatingadmissionpolicy,clusterrole", "-o", "name"); err != nil || strings.Contains(stdout, "callplane") {
		t.Errorf("error %v; left in the cluster:\n%s", err, stdout)
	}
	wantInstaller(t, cluster)
	runMake(t, cluster, true, "install", "NAMESPACE=telephony")
	guard, _, err := cluster.Kubectl(t.Context(), "get", "validatingadmissionpolicy", "callplane-secret-guard", "-o", "jsonpath={.spec.matchConditions[0].expression}")
	if err != nil || !strings.HasSuffix(guard, "'system:serviceaccount:telephony:callplane-manager'") {
		t.Errorf("error %v, the Secret guard knows the manager by %s", err, guard)
	}
	created, _, err := cluster.KubectlInput(t.Context(), protected, "create", "-f", "-")
	if err != nil {
		t.Fatal(err)
	}
	const want = "Nothing was deleted. Protected by callplane.io/deletion-protection: PhoneNumber default/line, SIPTrunk default/shared\n"
	if output := runMake(t, cluster, false, "uninstall"); !strings.Contains(output, want) {
		t.Errorf("after %s it says %s, want %s", created, output, want)
	}
}

// TestUninstall takes Callplane away from under numbers that work: nothing of it is left
// in the cluster or at the providers, and nothing that people own is held any more.
func TestUninstall(t *testing.T) {
	cluster, err := startPlane(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cluster.Stop(); err != nil {
			t.Error(err)
		}
	})
	w, err := world.New(testContext(t), cluster, world.Options{Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(context.Background()) }) // its kinds are gone
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	startManager(t, w)
	create(t, w, w.SIPTrunk("fleet"))
	create(t, w, w.PhoneNumber("support-line"))
	const second = "+14155550101"
	w.Twilio.AddNumber(w.Account.SID, second, twiliosim.NumberOptions{})
	create(t, w, w.PhoneNumber("night-line", world.OnTrunk("fleet"), func(n *v1alpha1.PhoneNumber) { n.Spec.Number = second }))
	awaitActive(t, w, "support-line")
	awaitActive(t, w, "night-line")
	runMake(t, cluster, true, "uninstall")
	wantHoldings(t, w, nothing)
	if stdout, stderr, err := cluster.Kubectl(testContext(t), "delete", "secrets", "--all", "-n", w.Namespace, "--timeout=30s"); err != nil {
		t.Errorf("the Secrets are held still: %v: %s %s", err, stdout, stderr)
	}
	if stdout, _, err := cluster.Kubectl(t.Context(), "get", "crd", "-o", "name"); err != nil || strings.Contains(stdout, "callplane") {
		t.Errorf("error %v; left in the cluster:\n%s", err, stdout)
	}
}

// wantInstaller applies the file for those who have no repository.
func wantInstaller(t *testing.T, cluster *kube.ControlPlane) {
	t.Helper()
	const image = "registry.example.com/callplane-manager:1"
	runMake(t, cluster, true, "build-installer", "IMG="+image, "NAMESPACE=telephony")
	if _, stderr, err := cluster.Kubectl(t.Context(), "apply", "--server-side", "-f", inRepository(t, "dist/install.yaml")); err != nil {
		t.Fatal(err, stderr)
	}
	got, _, err := cluster.Kubectl(t.Context(), "get", "deployment", "callplane-manager", "-n", "telephony", "-o", "jsonpath={.spec.template.spec.containers[0].image}")
	if err != nil || got != image {
		t.Errorf("error %v, the manager's image is %q, want %q", err, got, image)
	}
}

const protected = `{"apiVersion": "callplane.io/v1alpha1", "kind": "PhoneNumber",
	"metadata": {"name": "line", "namespace": "default", "annotations": {"callplane.io/deletion-protection": "true"}},
	"spec": {"number": "+14155550100", "inbound": {}, "carrierRef": {"name": "main"}, "platformRef": {"name": "main"}}}
	{"apiVersion": "callplane.io/v1alpha1", "kind": "SIPTrunk",
	"metadata": {"name": "shared", "namespace": "default", "annotations": {"callplane.io/deletion-protection": "true"}},
	"spec": {"twilio": {"accountRef": {"name": "main"}}, "inbound": {}, "platformRef": {"name": "main"}}}`

func runMake(t *testing.T, cluster *kube.ControlPlane, succeeds bool, arguments ...string) string {
	t.Helper()
	kubectl, err := assets.Kubernetes("kubectl")
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "make", append(arguments, "KUBECTL="+kubectl)...)
	command.Dir = inRepository(t, ".")
	command.Env = process.Environment("HOME="+t.TempDir(), "KUBECONFIG="+cluster.Kubeconfig())
	output, err := command.CombinedOutput()
	if (err == nil) != succeeds {
		t.Fatalf("make %s: %v\n%s", strings.Join(arguments, " "), err, output)
	}
	return string(output)
}
