package e2e

import (
	"context"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
)

// TestProtectedInDeletedNamespace shows that the namespace controller never trips
// over the protection.
func TestProtectedInDeletedNamespace(t *testing.T) {
	namespace := namespaceFor(t)
	admin := asAdmin(t)
	createWith(t, admin, bareNumber(namespace, "protected", annotated(v1alpha1.AnnotationDeletionProtection), withoutFinalizers))
	if err := admin.Delete(t.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the namespace to be gone", func(ctx context.Context) string {
		err := admin.Get(ctx, client.ObjectKey{Name: namespace}, &corev1.Namespace{})
		if apierrors.IsNotFound(err) {
			return ""
		}
		return "it is still there"
	})
}

func withoutFinalizers(number *v1alpha1.PhoneNumber) { number.Finalizers = nil }

// TestGarbageCollectorIsRefused shows that the garbage collector, which deletes
// what belonged to somebody, is refused a protected number until the protection
// is taken off.
func TestGarbageCollectorIsRefused(t *testing.T) {
	namespace := namespaceFor(t)
	admin := asAdmin(t)
	owner := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "owner"}}
	createWith(t, admin, owner)
	number := bareNumber(namespace, "owned", annotated(v1alpha1.AnnotationDeletionProtection), withoutFinalizers)
	if err := controllerutil.SetOwnerReference(owner, number, admin.Scheme()); err != nil {
		t.Fatal(err)
	}
	createWith(t, admin, number)
	if err := admin.Delete(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	refused, err := plane.AwaitAudit(testContext(t), func(e kube.AuditEvent) bool {
		return e.Verb == "delete" && e.Resource == "phonenumbers" && e.Namespace == namespace && e.User == "system:serviceaccount:kube-system:generic-garbage-collector"
	})
	if err != nil || refused.Code != 403 {
		t.Fatalf("the garbage collector got %d (%v), want 403", refused.Code, err)
	}
	if err := admin.Patch(t.Context(), number, merge(`{"metadata":{"annotations":null}}`)); err != nil {
		t.Fatalf("the number is gone although it was protected: %v", err)
	}
	eventually(t, "the number to be collected", func(ctx context.Context) string {
		if apierrors.IsNotFound(admin.Get(ctx, client.ObjectKeyFromObject(number), number)) {
			return ""
		}
		return "it is still there"
	})
}

// TestForegroundDeletion shows that the garbage collector can take off its own
// finalizer, and leaves ours.
func TestForegroundDeletion(t *testing.T) {
	namespace := namespaceFor(t)
	admin := asAdmin(t)
	number := bareNumber(namespace, "kept")
	createWith(t, admin, number)
	t.Cleanup(func() { release(t, namespace) })
	if err := admin.Delete(t.Context(), number, client.PropagationPolicy(metav1.DeletePropagationForeground)); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the collector's finalizer to be gone", func(ctx context.Context) string {
		if err := admin.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
			return err.Error()
		}
		if got := strings.Join(number.Finalizers, " "); got != v1alpha1.FinalizerTeardown+" example.org/theirs" {
			return "the finalizers are " + got
		}
		return ""
	})
}
