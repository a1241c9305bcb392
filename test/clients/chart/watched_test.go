//go:build clients

package chart

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// Namespaces of a world with watchNamespaces; the third is not among them.
const (
	sales     = "sales"
	support   = "support"
	elsewhere = "elsewhere"
)

// TestWatchedNamespaces runs the built manager with nothing but the Roles that the chart
// makes for watchNamespaces, and has it do all that it does: no request may be refused.
func TestWatchedNamespaces(t *testing.T) {
	c := newCluster(t)
	began := time.Now()
	w, manager := watchedWorld(t, c)
	line := w.PhoneNumber("line", world.Outbound)
	rival := inNamespace(w.PhoneNumber("rival"), support)
	unseen := inNamespace(w.PhoneNumber("unseen"), elsewhere)
	c.create(t, unseen, line)
	c.awaitReason(t, line, v1alpha1.ReasonActive)
	c.create(t, rival)
	c.awaitReason(t, rival, v1alpha1.ReasonConflict)

	c.deleteByBatch(t, w)
	c.awaitGone(t, line)
	c.awaitReason(t, rival, v1alpha1.ReasonActive)

	c.wantGuarded(t)
	c.lose(t, rival)
	c.awaitRecord(t, rival)
	c.wantHookRefuses(t)
	c.wantUnseen(t, unseen)
	wantNothingRefused(t, c, began)
	// Events are not in the audit log.
	if strings.Contains(manager.Log(), "forbidden") {
		t.Error("the manager was refused something")
	}
	c.uninstallWithoutHooks(t)
}

// watchedWorld is a world with all that a number needs in three namespaces, of which
// the manager that runs watches two.
func watchedWorld(t *testing.T, c cluster) (*world.World, *world.Manager) {
	t.Helper()
	w, err := world.New(t.Context(), c.ControlPlane, world.Options{Namespace: sales, Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Errorf("closing the world: %v", err)
		}
	})
	for _, other := range []string{support, elsewhere} {
		c.create(t, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: other}})
	}
	restrictedNamespace(t, c.ControlPlane, namespace)
	c.mustHelm(t, "install", release, chartFolder(t), "--set=watchNamespaces={"+sales+","+support+"}")
	for _, in := range []string{sales, support, elsewhere} {
		c.create(t, inNamespace(w.TwilioSecret(), in), inNamespace(w.TwilioAccount(), in),
			inNamespace(w.LiveKitSecret(), in), inNamespace(w.LiveKitProject(), in), inNamespace(w.VoiceAgent(), in))
	}
	manager, err := w.StartManager(t.Context(), "--watch-namespaces="+sales+","+support, "--leader-elect=true", "--sweep-interval=1s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the manager's log:\n%s", manager.Log())
		}
	})
	return w, manager
}

// uninstallWithoutHooks leaves nobody who guards the namespaces.
func (c cluster) uninstallWithoutHooks(t *testing.T) {
	t.Helper()
	c.mustHelm(t, "uninstall", release, "--no-hooks")
	eventually(t, "the namespace guard to be gone", func(ctx context.Context) string {
		if _, stderr, err := c.Kubectl(ctx, "delete", "namespace", sales, "--dry-run=server"); err != nil {
			return stderr
		}
		return ""
	})
}

func inNamespace[T client.Object](object T, namespace string) T {
	object.SetNamespace(namespace)
	return object
}

func (c cluster) create(t *testing.T, all ...client.Object) {
	t.Helper()
	for _, object := range all {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func (c cluster) awaitReason(t *testing.T, number *v1alpha1.PhoneNumber, reason string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s to be %s", number.Name, reason), func(ctx context.Context) string {
		if err := c.Get(ctx, client.ObjectKeyFromObject(number), number); err != nil {
			return err.Error()
		}
		ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady)
		if ready == nil || ready.Reason != reason {
			return fmt.Sprintf("it has %+v", ready)
		}
		return ""
	})
}

func (c cluster) awaitGone(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	eventually(t, number.Name+" to be gone", func(ctx context.Context) string {
		if err := c.Get(ctx, client.ObjectKeyFromObject(number), number); !apierrors.IsNotFound(err) {
			return fmt.Sprintf("error %v, conditions %+v", err, number.Status.Conditions)
		}
		return ""
	})
}

// deleteByBatch deletes the world's number as a PhoneNumberDeletion does.
func (c cluster) deleteByBatch(t *testing.T, w *world.World) {
	t.Helper()
	batch := &v1alpha1.PhoneNumberDeletion{
		ObjectMeta: metav1.ObjectMeta{Namespace: sales, Name: "all"},
		Spec:       v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{w.Number}},
	}
	c.create(t, batch)
	eventually(t, "the batch to be complete", func(ctx context.Context) string {
		if err := c.Get(ctx, client.ObjectKeyFromObject(batch), batch); err != nil {
			return err.Error()
		}
		if !meta.IsStatusConditionTrue(batch.Status.Conditions, v1alpha1.ConditionComplete) {
			return fmt.Sprintf("it has %+v", batch.Status)
		}
		return ""
	})
}

// wantGuarded wants that a watched namespace cannot be deleted, since the manager's
// rights would go first, and that others can.
func (c cluster) wantGuarded(t *testing.T) {
	t.Helper()
	_, stderr, err := c.Kubectl(t.Context(), "delete", "namespace", support, "--dry-run=server")
	if want := "take it out of watchNamespaces of the release callplane-system/callplane"; err == nil || !strings.Contains(stderr, want) {
		t.Errorf("deleting a watched namespace: error %v, %s, want %q", err, stderr, want)
	}
	if _, stderr, err := c.Kubectl(t.Context(), "delete", "namespace", elsewhere, "--dry-run=server"); err != nil {
		t.Errorf("deleting another namespace: %v %s", err, stderr)
	}
}

// lose deletes a number so that the manager has no part in it, while none of its
// resources is taken down.
func (c cluster) lose(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	number.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
	if err := c.Update(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	if err := c.Delete(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	strip := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
	eventually(t, number.Name+" to be lost", func(ctx context.Context) string {
		if err := c.Patch(ctx, number, strip); err != nil && !apierrors.IsNotFound(err) {
			return err.Error()
		}
		if err := c.Get(ctx, client.ObjectKeyFromObject(number), number); !apierrors.IsNotFound(err) {
			return fmt.Sprintf("error %v, finalizers %v", err, number.Finalizers)
		}
		return ""
	})
}

// awaitRecord waits until the sweep has put on record what a lost number had.
func (c cluster) awaitRecord(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	record := &v1alpha1.OrphanRecord{}
	eventually(t, "the sweep to find what was lost", func(ctx context.Context) string {
		if err := c.Get(ctx, nameIn(namespace, string(number.UID)), record); err != nil {
			return err.Error()
		}
		if len(record.Status.Resources) == 0 {
			return "nothing is on record"
		}
		return ""
	})
}

// wantHookRefuses runs the program of the pre-delete hook as it would run in a pod,
// with a number in a watched namespace and without.
func (c cluster) wantHookRefuses(t *testing.T) {
	t.Helper()
	kubeconfig, err := c.ServiceAccountKubeconfig(t.Context(), namespace, "callplane-manager")
	if err != nil {
		t.Fatal(err)
	}
	hook := []string{"may-uninstall", "--watch-namespaces=" + sales + "," + support}
	if _, stderr, code := manager(t, kubeconfig, hook...); code != 0 {
		t.Errorf("a number of another namespace is another installation's: %s", stderr)
	}
	paused := inNamespace(bareNumber(), support)
	paused.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
	c.create(t, paused)
	if _, stderr, code := manager(t, kubeconfig, hook...); code != 1 || !strings.Contains(stderr, "PhoneNumber support/line. Delete them first") {
		t.Errorf("it ends with %d: %s", code, stderr)
	}
}

// wantUnseen wants that nobody has touched a number that is in no watched namespace.
func (c cluster) wantUnseen(t *testing.T, number *v1alpha1.PhoneNumber) {
	t.Helper()
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(number), number); err != nil {
		t.Fatal(err)
	}
	if len(number.Finalizers) > 0 || len(number.Status.Conditions) > 0 {
		t.Errorf("%s has the finalizers %v and the conditions %v", number.Name, number.Finalizers, number.Status.Conditions)
	}
}

// wantNothingRefused wants that the manager's ServiceAccount had rights for all that it
// asked of the API server.
func wantNothingRefused(t *testing.T, c cluster, since time.Time) {
	t.Helper()
	events, err := c.AuditSince(since)
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for _, event := range events {
		if event.User != "system:serviceaccount:"+namespace+":callplane-manager" {
			continue
		}
		asked++
		if event.Code == 403 {
			t.Errorf("refused: %s %s/%s %s in %q", event.Verb, event.Group, event.Resource, event.Subresource, event.Namespace)
		}
	}
	if asked == 0 {
		t.Error("the manager has asked for nothing")
	}
}
