package phonenumber

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/usage"
)

func newScheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	return scheme
}

// newAPI is an API server as people see it.
func newAPI(t *testing.T, objects ...client.Object) client.WithWatch {
	t.Helper()
	scheme := newScheme(t)
	builder := apifake.NewClientBuilder().WithScheme(scheme).WithGlobalResourceVersionCounter().WithObjects(objects...).
		WithStatusSubresource(&v1alpha1.PhoneNumber{}, &v1alpha1.TwilioAccount{}, &v1alpha1.LiveKitProject{}, &v1alpha1.OrphanRecord{})
	for name, keys := range usage.Indexes {
		builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, name, keys)
	}
	builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, indexTurn, turnKeys).
		WithIndex(&v1alpha1.PhoneNumber{}, usage.FieldNumber, func(o client.Object) []string { return []string{o.(*v1alpha1.PhoneNumber).Spec.Number} })
	for field, value := range ownerFields {
		builder = builder.WithIndex(&v1alpha1.OrphanRecord{}, field, value)
	}
	return builder.Build()
}

// ownerFields are selectable fields of an OrphanRecord.
var ownerFields = map[string]client.IndexerFunc{
	"spec.owner.namespace": func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Namespace} },
	"spec.owner.name":      func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Name} },
}

// manager is the API server as the reconciler sees it: its writes are on the
// tape, and its reads of Secrets are counted.
func (w *world) manager() client.Client {
	return interceptor.NewClient(w.api, interceptor.Funcs{
		Get: func(ctx context.Context, c client.WithWatch, key client.ObjectKey, object client.Object, opts ...client.GetOption) error {
			if _, ok := object.(*corev1.Secret); ok {
				w.secretReads++
				if w.secretFails != nil {
					return w.secretFails
				}
			}
			if _, ok := object.(*v1alpha1.PhoneNumber); ok && w.unreadable != nil {
				return w.unreadable
			}
			return c.Get(ctx, key, object, opts...)
		},
		Create: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.CreateOption) error {
			return w.take(ctx, writing("create", object), func() error { return create(ctx, c, object, opts...) })
		},
		Update: func(ctx context.Context, c client.WithWatch, object client.Object, opts ...client.UpdateOption) error {
			return w.take(ctx, writing("update", object), func() error {
				return whole(object, func(copied client.Object) error { return c.Update(ctx, copied, opts...) })
			})
		},
		SubResourceUpdate: func(ctx context.Context, c client.Client, name string, object client.Object, opts ...client.SubResourceUpdateOption) error {
			return w.take(ctx, writing(name, object), func() error {
				err := whole(object, func(copied client.Object) error { return c.SubResource(name).Update(ctx, copied, opts...) })
				w.keepVersion(err, object)
				return err
			})
		},
	})
}

// create moves stringData into data, as API servers do.
func create(ctx context.Context, c client.Client, object client.Object, opts ...client.CreateOption) error {
	if sent, ok := object.(*corev1.Secret); ok {
		secret := sent.DeepCopy()
		defer func() { sent.ObjectMeta = secret.ObjectMeta }()
		for key, value := range secret.StringData {
			if secret.Data == nil {
				secret.Data = map[string][]byte{}
			}
			secret.Data[key] = []byte(value)
		}
		secret.StringData = nil
		object = secret
	}
	return c.Create(ctx, object, opts...)
}

// whole leaves an object alone whose write was refused; the fake mixes it with
// the stored one before it looks at the resourceVersion.
func whole(object client.Object, write func(client.Object) error) error {
	copied := object.DeepCopyObject().(client.Object)
	if err := write(copied); err != nil {
		return err
	}
	reflect.ValueOf(object).Elem().Set(reflect.ValueOf(copied).Elem())
	return nil
}

// writing describes a write of an object.
func writing(verb string, object client.Object) effect {
	e := effect{what: fmt.Sprintf("%s %s", verb, reflect.TypeOf(object).Elem().Name()), write: true}
	number, ok := object.(*v1alpha1.PhoneNumber)
	if !ok || verb != "status" {
		return e
	}
	e.fences = number.ResourceVersion != "" && number.DeletionTimestamp.IsZero() && controllerutil.ContainsFinalizer(number, v1alpha1.FinalizerTeardown)
	for _, entry := range number.Status.ExternalResources {
		if entry.State == v1alpha1.StatePending {
			e.intends = append(e.intends, entry.Kind)
		}
	}
	return e
}

// keepVersion remembers every version of the number, for stale views.
func (w *world) keepVersion(err error, object client.Object) {
	if number, ok := object.(*v1alpha1.PhoneNumber); ok && err == nil {
		w.versions = append(w.versions, number.DeepCopy())
	}
}

// A diary keeps the events.
type diary struct{ lines []string }

func (d *diary) Eventf(_, _ runtime.Object, severity, reason, _, note string, args ...any) {
	d.lines = append(d.lines, fmt.Sprintf("%s %s: %s", severity, reason, fmt.Sprintf(note, args...)))
}

// reasons lists severity and reason of the events since the last call.
func (d *diary) reasons() []string {
	var reasons []string
	for _, line := range d.lines {
		reasons = append(reasons, line[:slices.Index([]byte(line), ':')])
	}
	d.lines = nil
	return reasons
}
