package watched

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"
)

func TestList(t *testing.T) {
	var there []client.Object
	for _, namespace := range []string{"a", "b", "c"} {
		there = append(there, configMap(namespace, "one", "yes"), configMap(namespace, "two", "no"))
	}
	cases := map[string]struct {
		reason     string
		namespaces []string
		options    []client.ListOption
		want       []string
	}{
		"all": {
			reason: "without namespaces nothing is narrowed",
			want:   []string{"a/one", "a/two", "b/one", "b/two", "c/one", "c/two"},
		},
		"the watched ones": {
			reason:     "what is in another namespace is not known to this manager",
			namespaces: []string{"a", "c"},
			want:       []string{"a/one", "a/two", "c/one", "c/two"},
		},
		"with other options": {
			reason:     "a selector holds in each namespace",
			namespaces: []string{"a", "c"},
			options:    []client.ListOption{client.MatchingLabels{"wanted": "yes"}},
			want:       []string{"a/one", "c/one"},
		},
		"one namespace": {
			reason:     "who asks for one namespace gets it; whether he may is for the API server to say",
			namespaces: []string{"a", "c"},
			options:    []client.ListOption{client.InNamespace("b")},
			want:       []string{"b/one", "b/two"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			narrowed := Client{Client: fake.NewClientBuilder().WithObjects(there...).Build(), Namespaces: c.namespaces}
			// What was in the list before must not stay in it.
			list := corev1.ConfigMapList{Items: []corev1.ConfigMap{*configMap("old", "old", "yes")}}
			if err := narrowed.List(t.Context(), &list, c.options...); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, names(list)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestNoPagesOfSeveralNamespaces(t *testing.T) {
	narrowed := Client{Client: fake.NewClientBuilder().Build(), Namespaces: []string{"a"}}
	err := narrowed.List(t.Context(), &corev1.ConfigMapList{}, client.Limit(1))
	if err == nil || !strings.Contains(err.Error(), "cannot be listed in pages") {
		t.Errorf("got %v, want it refused: the next page would be of one namespace only", err)
	}
}

func configMap(namespace, name, wanted string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, Labels: map[string]string{"wanted": wanted}}}
}

func names(list corev1.ConfigMapList) []string {
	var names []string
	for _, item := range list.Items {
		names = append(names, item.Namespace+"/"+item.Name)
	}
	return names
}
