package installation

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/iotest"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
)

const namespace = "callplane-system"

var errAway = errors.New("the API server is away")

func TestIDIsMadeOnce(t *testing.T) {
	c := fake.NewClientBuilder().Build()
	first, err := ID(t.Context(), c, bytes.NewReader([]byte{0, 1, 25, 26, 31, 32}), namespace)
	if err != nil || first != "abz27a" {
		t.Fatalf("got %q and %v, want abz27a: every byte gives a character", first, err)
	}
	again, err := ID(t.Context(), c, strings.NewReader("another"), namespace)
	if err != nil || again != first {
		t.Errorf("got %q and %v after a restart, want %q: everything that was made bears it", again, err, first)
	}
	other, err := ID(t.Context(), c, strings.NewReader("another"), "elsewhere")
	if err != nil || other == first {
		t.Errorf("got %q and %v for another installation, want an id of its own", other, err)
	}
}

func TestKeptIDIsChecked(t *testing.T) {
	cases := map[string]struct {
		data map[string]string
		want string
	}{
		"kept":     {data: map[string]string{"id": "abcdef"}, want: "abcdef"},
		"garbage":  {data: map[string]string{"id": "ABC-DEF\n"}},
		"too long": {data: map[string]string{"id": "abcdefg"}},
		"empty":    {data: map[string]string{"id": ""}},
		"missing":  {},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: ConfigMap}, Data: c.data}
			id, err := ID(t.Context(), fake.NewClientBuilder().WithObjects(kept).Build(), strings.NewReader("random"), namespace)
			if id != c.want || (err == nil) != (c.want != "") {
				t.Fatalf("got %q and %v, want %q: what bears no valid id could never be found again", id, err, c.want)
			}
			if err != nil && !strings.Contains(err.Error(), namespace+"/"+ConfigMap) {
				t.Errorf("%q does not say where to look", err)
			}
		})
	}
}

func TestIDFails(t *testing.T) {
	kept := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: ConfigMap}}
	cases := map[string]interceptor.Funcs{
		"creating": {Create: func(context.Context, client.WithWatch, client.Object, ...client.CreateOption) error { return errAway }},
		"reading": {Get: func(context.Context, client.WithWatch, client.ObjectKey, client.Object, ...client.GetOption) error {
			return errAway
		}},
	}
	for name, funcs := range cases {
		t.Run(name, func(t *testing.T) {
			c := fake.NewClientBuilder().WithObjects(kept.DeepCopy()).WithInterceptorFuncs(funcs).Build()
			if id, err := ID(t.Context(), c, strings.NewReader("random"), namespace); id != "" || !errors.Is(err, errAway) {
				t.Errorf("got %q and %v, want no id that is not kept", id, err)
			}
		})
	}
	for name, random := range map[string]string{"broken": "", "short": "12345"} {
		t.Run(name, func(t *testing.T) {
			c := fake.NewClientBuilder().Build()
			if id, err := ID(t.Context(), c, iotest.OneByteReader(strings.NewReader(random)), namespace); id != "" || err == nil {
				t.Errorf("got %q and %v, want an error: an id is random or none", id, err)
			}
		})
	}
}
