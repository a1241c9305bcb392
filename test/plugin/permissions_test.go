package plugin

import (
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// TestFewPermissions deletes a number for somebody who may not list numbers, and says at
// once that it cannot be followed.
func TestFewPermissions(t *testing.T) {
	object := number(t, "aside", "+14155550106")
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: "getter"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{"callplane.io"}, Resources: []string{"phonenumbers"}, Verbs: []string{"get", "delete"}}},
	}
	if err := w.Client.Create(t.Context(), role); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	getter := []string{"--kubeconfig", person(t, "getter", "getter"), "-n", w.Namespace}
	phonenumber(t, append(getter, "status", "aside")...).want(t, 0, "Ready: Active")
	phonenumber(t, append(getter, "status", "aside", "--watch")...).want(t, 1, "what becomes of aside cannot be followed", "cannot list resource")
	got := phonenumber(t, append(getter, "delete", "aside", "--yes")...)
	got.want(t, 1, "goes on by itself", "what becomes of aside cannot be followed")
	if lines := strings.Count(strings.TrimSpace(got.stderr), "\n"); lines > 1 {
		t.Errorf("it says more than these two sentences:\n%s", got.stderr)
	}
	eventuallyGone(t, object)
}
