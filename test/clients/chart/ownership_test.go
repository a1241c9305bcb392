//go:build clients

package chart

import (
	"strings"
	"testing"
)

// TestTwoReleases shows that a cluster can have two installations that watch different
// namespaces, and that the second cannot take what is one for the cluster by mistake.
func TestTwoReleases(t *testing.T) {
	c := newCluster(t)
	for _, name := range []string{"a", "b", "other"} {
		kubectl(t, c.ControlPlane, "create", "namespace", name)
	}
	restrictedNamespace(t, c.ControlPlane, namespace)
	c.mustHelm(t, "install", release, chartFolder(t), "--set=watchNamespaces={a}")
	second := []string{"install", release, chartFolder(t), "--namespace=other", "--set=watchNamespaces={b}"}
	output, err := c.helm(t, second...)
	if err == nil || !strings.Contains(output, "invalid ownership metadata") {
		t.Errorf("error %v, Helm says %s; want that the CRDs are the first release's", err, output)
	}
	c.mustHelm(t, append(second, "--set=crd.enabled=false,policies.enabled=false")...)
	guards := kubectl(t, c.ControlPlane, "get", "validatingadmissionpolicy", "-o", "name")
	for _, name := range []string{"callplane-callplane-system-secret-guard", "callplane-other-secret-guard", "callplane-other-namespace-guard"} {
		if !strings.Contains(guards, "/"+name+"\n") {
			t.Errorf("there is no %s in\n%s", name, guards)
		}
	}
}

// TestTakeOver has a release take over what kubectl installed.
func TestTakeOver(t *testing.T) {
	c := newCluster(t)
	kubectl(t, c.ControlPlane, "apply", "--server-side", "-k", inRepository(t, "config/default"))
	c.awaitGuards(t)
	account := bareAccount()
	c.create(t, account)
	install := []string{"install", release, chartFolder(t), "--take-ownership", "--force-conflicts"}
	// Its selector cannot be changed.
	output, err := c.helm(t, install...)
	if err == nil || !strings.Contains(output, "field is immutable") {
		t.Errorf("error %v, Helm says %s; want that the Deployment is in the way", err, output)
	}
	kubectl(t, c.ControlPlane, "delete", "deployment", "callplane-manager", "-n", namespace)
	c.mustHelm(t, append([]string{"upgrade", "--install"}, install[1:]...)...)
	c.wantKept(t, account)
	labels := kubectl(t, c.ControlPlane, "get", "namespace", namespace, "-o", "jsonpath={.metadata.labels}")
	if !strings.Contains(labels, `"pod-security.kubernetes.io/enforce":"restricted"`) {
		t.Errorf("the namespace has %s", labels)
	}
}
