package kube_test

import (
	"context"
	"strings"
	"testing"
)

func TestPodSecurity(t *testing.T) {
	namespace, ctx := newNamespace(t), testContext(t)
	if _, _, err := plane.Kubectl(ctx, "label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "PodSecurity refuses a pod that is not restricted", func(ctx context.Context) bool {
		_, _, err := plane.Kubectl(ctx, "run", "pod", "--image=none", "--privileged", "-n", namespace)
		return err != nil && strings.Contains(err.Error(), "violates PodSecurity")
	})
}

const policy = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: bed-names}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}
  validations:
  - {expression: "object.metadata.name != 'unwanted'", message: this name is unwanted}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: bed-names}
spec: {policyName: bed-names, validationActions: [Deny]}
`

func TestAdmissionPolicy(t *testing.T) {
	namespace, ctx := newNamespace(t), testContext(t)
	if _, _, err := plane.KubectlInput(ctx, policy, "apply", "-f", "-"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a policy that was just applied is obeyed", func(ctx context.Context) bool {
		_, _, err := plane.Kubectl(ctx, "create", "configmap", "unwanted", "-n", namespace, "--dry-run=server")
		return err != nil && strings.Contains(err.Error(), "this name is unwanted")
	})
	_, _, err := plane.Kubectl(ctx, "wait", "validatingadmissionpolicy/bed-names",
		"--for=jsonpath={.status.observedGeneration}=1", "--timeout=20s")
	if err != nil {
		t.Errorf("a policy is type-checked: %v", err)
	}
}
