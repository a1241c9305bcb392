package kube_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/test/bed/kube"
)

func TestKubectl(t *testing.T) {
	cases := map[string]struct {
		reason string
		args   []string
		want   string
	}{
		"Object": {
			reason: "kubectl reaches the server as the administrator.",
			args:   []string{"get", "namespace", "default", "-o", "name"},
			want:   "namespace/default\n",
		},
		"CRD": {
			reason: "A CRD given at the start is served when Start returns.",
			args:   []string{"get", "widgets.example.org", "-A"},
			want:   "",
		},
		"AggregatedRole": {
			reason: "Roles made of other roles are complete when Start returns.",
			args:   []string{"get", "clusterrole", "admin", "-o", "jsonpath={.rules[0].verbs[0]}"},
			want:   "get",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, stderr, err := plane.Kubectl(testContext(t), tc.args...)
			if err != nil {
				t.Fatalf("%s\n%v\n%s", tc.reason, err, stderr)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s\n-want, +got:\n%s", tc.reason, diff)
			}
		})
	}
}

func TestNamespaceGoesAway(t *testing.T) {
	namespace := newNamespace(t)
	client := clientFor(t, plane.Config())
	ctx := testContext(t)
	if _, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("inside"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := client.CoreV1().Namespaces().Delete(ctx, namespace, metav1.DeleteOptions{}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "a deleted namespace goes away with what is in it", func(ctx context.Context) bool {
		_, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{})
		return apierrors.IsNotFound(err)
	})
}

func TestForegroundDeletionOfCustomResource(t *testing.T) {
	namespace := newNamespace(t)
	ctx := testContext(t)
	if _, _, err := plane.KubectlInput(ctx, widget, "apply", "-n", namespace, "-f", "-"); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	_, _, err := plane.Kubectl(ctx, "delete", "widget", "one", "-n", namespace, "--cascade=foreground")
	if err != nil {
		t.Errorf("the garbage collector knows a kind that was there at the start: %v", err)
	}
}

const widget = `{"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "one"}}`

func TestStartFails(t *testing.T) {
	cases := map[string]struct {
		reason  string
		assets  string
		options kube.Options
		want    string
	}{
		"MissingBinary": {
			reason: "A missing binary says how to build it.",
			assets: t.TempDir(), want: "`make testbed`",
		},
		"BadArgument": {
			reason:  "A program that ends early shows its log.",
			options: kube.Options{APIServerArgs: []string{"--no-such-flag"}}, want: "unknown flag: --no-such-flag",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if tc.assets != "" {
				t.Setenv("KUBEBUILDER_ASSETS", tc.assets)
			}
			_, err := kube.Start(testContext(t), tc.options)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%s\nwant %q in %v", tc.reason, tc.want, err)
			}
		})
	}
}
