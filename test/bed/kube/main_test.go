package kube_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/callplane/callplane/test/bed/kube"
)

const limit = time.Minute

var plane *kube.ControlPlane

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	begin := time.Now()
	var err error
	plane, err = kube.Start(ctx, kube.Options{CRDs: []string{"testdata/widgets.yaml"}})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	fmt.Printf("control plane ready after %s\n", time.Since(begin).Round(time.Millisecond))
	defer stop()
	return m.Run()
}

func stop() {
	begin := time.Now()
	if err := plane.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
	fmt.Printf("control plane gone after %s\n", time.Since(begin).Round(time.Millisecond))
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}

func clientFor(t *testing.T, config *rest.Config) *kubernetes.Clientset {
	t.Helper()
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	return client
}

func clientFromFile(t *testing.T, path string) *kubernetes.Clientset {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	return clientFor(t, config)
}

// newNamespace makes a namespace that no other test uses.
func newNamespace(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	made, err := clientFor(t, plane.Config()).CoreV1().Namespaces().Create(testContext(t), namespace, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return made.Name
}

func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func eventually(t *testing.T, what string, done func(context.Context) bool) {
	t.Helper()
	ctx := testContext(t)
	for !done(ctx) {
		select {
		case <-ctx.Done():
			t.Fatalf("%s: not within %s\n%s", what, limit, plane.Logs())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
