//go:build clients

package chart

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/bed/kube"
)

// TestDryRun has a real API server judge what the chart renders, hooks included, as a
// server-side dry run in a namespace that is restricted.
func TestDryRun(t *testing.T) {
	c := newCluster(t)
	restrictedNamespace(t, c.ControlPlane, namespace)
	for _, watched := range []string{"a", "b"} {
		kubectl(t, c.ControlPlane, "create", "namespace", watched)
	}
	cases := map[string][]string{
		"as it is":        nil,
		"watched":         {"watchNamespaces={a,b}"},
		"without keeping": {"crd.keep=false"},
		"open metrics":    {"metrics.secure=false", "metrics.port=9090"},
		"everything": {
			"replicaCount=2", "networkPolicy.enabled=true", "podDisruptionBudget.enabled=true", "podDisruptionBudget.minAvailable=1",
			"networkPolicy.extraEgress[0].ports[0].port=3128", "networkPolicy.extraEgress[0].ports[0].protocol=TCP",
			"image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", "image.pullSecrets={registry}",
			"tolerations[0].key=dedicated", "tolerations[0].operator=Exists", "nodeSelector.pool=control",
			"affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight=1",
			"affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.topologyKey=zone",
			"affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].podAffinityTerm.labelSelector.matchLabels.team=voice",
			"topologySpreadConstraints[0].maxSkew=1", "topologySpreadConstraints[0].topologyKey=zone", "topologySpreadConstraints[0].whenUnsatisfiable=ScheduleAnyway",
			"extraEnv[0].name=HTTPS_PROXY", "extraEnv[0].value=http://proxy.example.com:3128",
			"extraVolumes[0].name=trust", "extraVolumes[0].configMap.name=trust", "extraVolumeMounts[0].name=trust", "extraVolumeMounts[0].mountPath=/etc/ssl/certs",
			"commonLabels.team=voice", "deploymentAnnotations.owner=voice", "podAnnotations.owner=voice", "serviceAccount.annotations.owner=voice",
		},
	}
	for name, values := range cases {
		t.Run(name, func(t *testing.T) {
			arguments := []string{}
			for _, value := range values {
				arguments = append(arguments, "--set="+value)
			}
			manifest := render(t, arguments...)
			stdout, stderr, err := c.KubectlInput(t.Context(), manifest, "apply", "--server-side", "--dry-run=server", "-f", "-")
			if err != nil {
				t.Fatal(err)
			}
			// What Pod Security has to say of a Deployment is a warning.
			if stderr != "" {
				t.Errorf("the API server warns: %s", stderr)
			}
			if got, want := strings.Count(stdout, "(server dry run)"), len(parse(t, manifest)); got != want {
				t.Errorf("%d objects of %d are accepted:\n%s", got, want, stdout)
			}
		})
	}
}

func restrictedNamespace(t *testing.T, plane *kube.ControlPlane, name string) {
	t.Helper()
	kubectl(t, plane, "create", "namespace", name)
	kubectl(t, plane, "label", "namespace", name,
		"pod-security.kubernetes.io/enforce=restricted", "pod-security.kubernetes.io/warn=restricted")
}

func nameIn(namespace, name string) client.ObjectKey {
	return client.ObjectKey{Namespace: namespace, Name: name}
}
