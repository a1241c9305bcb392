// Package stage is what people's clients are tried on: a real control plane with
// Callplane installed as people install it, and a world in which numbers come up, with
// the built manager. It asserts nothing but that it stands.
package stage

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	// Namespace is where the objects of people are.
	Namespace = "telephony"
	// Patience bounds everything that is awaited.
	Patience = 2 * time.Minute
)

// New returns when numbers can come up. All of it ends with the test. crds are files or
// folders with the CRDs of others.
func New(t *testing.T, crds ...string) *world.World {
	t.Helper()
	log.SetLogger(logr.Discard())
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	plane := startPlane(ctx, t, crds)
	w, err := world.New(ctx, plane, world.Options{Namespace: Namespace, Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), Patience)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Errorf("closing the world: %v", err)
		}
	})
	if err := w.Populate(ctx); err != nil {
		t.Fatal(err)
	}
	manager, err := w.StartManager(ctx)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the end of the manager's log:\n%s", last(manager.Log(), 40))
		}
	})
	return w
}

func startPlane(ctx context.Context, t *testing.T, crds []string) *kube.ControlPlane {
	t.Helper()
	plane, err := kube.Start(ctx, kube.Options{CRDs: append([]string{InRepository(t, "config/crd/bases")}, crds...)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	Kubectl(t, plane, "apply", "--server-side", "-k", InRepository(t, "config/default"))
	Eventually(t, "the policies to be enforced", func(ctx context.Context) string {
		_, stderr, err := plane.Kubectl(ctx, "delete", "crd", "phonenumbers.callplane.io", "--dry-run=server")
		if err == nil || !strings.Contains(stderr, "callplane-crd-guard") {
			return "the CRD guard does not judge: " + stderr
		}
		return ""
	})
	return plane
}

// AddNumber has the simulated Twilio own one more number, and returns it.
func AddNumber(w *world.World, number string) string {
	w.Twilio.AddNumber(w.Account.SID, number, twiliosim.NumberOptions{})
	return number
}

// AwaitReason waits until a condition of a number has a reason in the present
// generation, and returns the number.
func AwaitReason(t *testing.T, w *world.World, name, condition, reason string) *v1alpha1.PhoneNumber {
	t.Helper()
	number := &v1alpha1.PhoneNumber{}
	Eventually(t, fmt.Sprintf("%s of %s to be %s", condition, name, reason), func(ctx context.Context) string {
		if err := w.Client.Get(ctx, Key(name), number); err != nil {
			return err.Error()
		}
		found := meta.FindStatusCondition(number.Status.Conditions, condition)
		if found == nil || found.Reason != reason || found.ObservedGeneration != number.Generation {
			return fmt.Sprintf("it has %+v", number.Status.Conditions)
		}
		return ""
	})
	return number
}

// AwaitGone waits until an object does not exist.
func AwaitGone(t *testing.T, w *world.World, object client.Object) {
	t.Helper()
	Eventually(t, object.GetName()+" to be gone", func(ctx context.Context) string {
		err := w.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
		switch {
		case err == nil:
			return fmt.Sprintf("it has the finalizers %v", object.GetFinalizers())
		case client.IgnoreNotFound(err) == nil:
			return ""
		default:
			return err.Error()
		}
	})
}

// Eventually polls until missing returns "", or fails with what it said last.
func Eventually(t *testing.T, what string, missing func(context.Context) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for last := ""; ; {
		now := missing(ctx)
		if now == "" {
			return
		}
		if ctx.Err() == nil {
			last = now
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %s", Patience, what, last)
		case <-tick.C:
		}
	}
}

// Kubectl runs kubectl as the administrator, and has to succeed.
func Kubectl(t *testing.T, plane *kube.ControlPlane, arguments ...string) string {
	t.Helper()
	stdout, _, err := plane.Kubectl(t.Context(), arguments...)
	if err != nil {
		t.Fatal(err)
	}
	return stdout
}

// Key names an object of people.
func Key(name string) client.ObjectKey { return client.ObjectKey{Namespace: Namespace, Name: name} }

// InRepository is the path of something in the repository.
func InRepository(t *testing.T, path string) string {
	t.Helper()
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(root, path)
}

func last(text string, lines int) string {
	all := strings.Split(strings.TrimRight(text, "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
