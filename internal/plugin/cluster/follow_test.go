package cluster

import (
	"context"
	"errors"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

// TestHindered has the API server refuse, be away and be busy while an object is followed: what
// may last is said once, and what comes afterwards is seen.
func TestHindered(t *testing.T) {
	t.Parallel()
	away := &url.Error{Op: "Get", URL: "https://127.0.0.1:6443", Err: errors.New("connection refused")}
	for name, c := range map[string]struct {
		failure error
		want    []string
	}{
		"away": {away, []string{`nothing new can be seen for now; this is tried again: the API server cannot be reached: Get "https://127.0.0.1:6443": connection refused`}},
		"refused": {
			apierrors.NewForbidden(schema.GroupResource{Resource: "secrets"}, "a", errors.New("no")),
			[]string{`nothing new can be seen for now; this is tried again: secrets "a" is forbidden: no`},
		},
		"busy": {apierrors.NewTooManyRequests("later", 1), nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			object := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: "a", Name: "a", UID: "a"}}
			server := &failing{failure: c.failure}
			var said []string
			warnings := &Warnings{Print: func(text string) { said = append(said, text) }}
			followed := &Cluster{
				WithWatch: interceptor.NewClient(fake.NewClientBuilder().WithObjects(object).Build(), interceptor.Funcs{Watch: server.watch}),
				Config:    &rest.Config{WarningHandlerWithContext: warnings},
			}
			seen := 0
			gone, err := Follow(ctx, followed, object, &corev1.SecretList{}, func(*corev1.Secret) (bool, error) {
				seen++
				return true, nil
			})
			if gone || err != nil || seen != 1 {
				t.Errorf("got %v and %v after %d events, want one", gone, err, seen)
			}
			if diff := cmp.Diff(c.want, said); diff != "" {
				t.Errorf("what was said, -want +got:\n%s", diff)
			}
		})
	}
}

// failing fails twice, and then sends what there is at the beginning only by a list: the
// fake cannot do it otherwise.
type failing struct {
	failure error

	mu      sync.Mutex
	watches int
}

func (f *failing) watch(ctx context.Context, c client.WithWatch, list client.ObjectList, options ...client.ListOption) (watch.Interface, error) {
	f.mu.Lock()
	f.watches++
	fails := f.watches <= 2
	f.mu.Unlock()
	var asked client.ListOptions
	asked.ApplyOptions(options)
	switch {
	case fails:
		return nil, f.failure
	case asked.Raw.SendInitialEvents != nil:
		return nil, apierrors.NewInvalid(schema.GroupKind{Kind: "ListOptions"}, "", nil)
	}
	return c.Watch(ctx, list)
}
