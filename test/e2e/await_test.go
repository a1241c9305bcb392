package e2e

import (
	"context"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// eventually polls until done returns "", or fails with the last thing that was
// still missing.
func eventually(t *testing.T, what string, missing func(context.Context) string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	last := ""
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		now := missing(ctx)
		if now == "" {
			return
		}
		if ctx.Err() == nil {
			last = now
		}
		select {
		case <-ctx.Done():
			t.Fatalf("waited %s for %s: %s", patience, what, last)
		case <-tick.C:
		}
	}
}

func create(t *testing.T, w *world.World, objects ...client.Object) {
	t.Helper()
	createWith(t, w.Client, objects...)
}

func createWith(t *testing.T, c client.Writer, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(t *testing.T, w *world.World, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := w.Client.Delete(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
}

// get reads a number as it is now.
func get(t *testing.T, w *world.World, name string) *v1alpha1.PhoneNumber {
	t.Helper()
	var number v1alpha1.PhoneNumber
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: w.Namespace, Name: name}, &number); err != nil {
		t.Fatal(err)
	}
	return &number
}

// awaitReason waits until a condition has a reason in the present generation,
// and returns the number.
func awaitReason(t *testing.T, w *world.World, name, condition, reason string) *v1alpha1.PhoneNumber {
	t.Helper()
	var number v1alpha1.PhoneNumber
	eventually(t, fmt.Sprintf("%s of %s to be %s", condition, name, reason), func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKey{Namespace: w.Namespace, Name: name}, &number); err != nil {
			return err.Error()
		}
		found := meta.FindStatusCondition(number.Status.Conditions, condition)
		if found == nil || found.Reason != reason || found.ObservedGeneration != number.Generation {
			return "it has " + render(number.Status)
		}
		return ""
	})
	return &number
}

func awaitActive(t *testing.T, w *world.World, name string) *v1alpha1.PhoneNumber {
	t.Helper()
	return awaitReason(t, w, name, v1alpha1.ConditionReady, v1alpha1.ReasonActive)
}

// awaitGone waits until an object does not exist.
func awaitGone(t *testing.T, w *world.World, object client.Object) {
	t.Helper()
	eventually(t, object.GetName()+" to be gone", func(ctx context.Context) string {
		err := w.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
		if apierrors.IsNotFound(err) {
			return ""
		}
		if number, ok := object.(*v1alpha1.PhoneNumber); ok {
			return "it has " + render(number.Status)
		}
		return fmt.Sprintf("finalizers %v, error %v", object.GetFinalizers(), err)
	})
}

func condition(number *v1alpha1.PhoneNumber, kind string) (reason, message string) {
	if found := meta.FindStatusCondition(number.Status.Conditions, kind); found != nil {
		return found.Reason, found.Message
	}
	return "", ""
}

func render(value any) string {
	text, err := yaml.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return "\n" + string(text)
}
