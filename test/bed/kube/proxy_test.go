package kube_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/kubernetes"

	"github.com/callplane/callplane/test/bed/kube"
)

// proxied is a proxy and a client that goes through it.
func proxied(t *testing.T) (*kube.Proxy, *kubernetes.Clientset) {
	t.Helper()
	proxy, err := plane.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := proxy.Close(); err != nil {
			t.Error(err)
		}
	})
	kubeconfig, err := proxy.Kubeconfig(plane.Kubeconfig())
	if err != nil {
		t.Fatal(err)
	}
	return proxy, clientFromFile(t, kubeconfig)
}

func TestProxyFaults(t *testing.T) {
	namespace := newNamespace(t)
	cases := map[string]struct {
		reason  string
		fault   kube.Fault
		applied bool
		is      func(error) bool
	}{
		"Own":          {reason: "Without an answer the request is passed on, late.", fault: kube.Fault{Latency: 10 * time.Millisecond}, applied: true, is: func(err error) bool { return err == nil }},
		"Refused":      {reason: "A refusal keeps the request from the API server.", fault: kube.Fault{Answer: kube.Refuse(http.StatusServiceUnavailable, "ServiceUnavailable", 0)}, is: apierrors.IsServiceUnavailable},
		"RefusedLater": {reason: "What was carried out may be refused all the same.", fault: kube.Fault{Apply: true, Answer: kube.Refuse(http.StatusInternalServerError, "InternalError", 0)}, applied: true, is: apierrors.IsInternalError},
		"Broken":       {reason: "What was carried out may have no answer.", fault: kube.Fault{Apply: true, Answer: kube.Break}, applied: true, is: func(err error) bool { return err != nil }},
		"Hang":         {reason: "A client that gets no answer gives up.", fault: kube.Fault{Answer: kube.Hang}, is: func(err error) bool { return err != nil }},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			proxy, client := proxied(t)
			tc.fault.Match = kube.Writes
			spoiled := proxy.Spoil(tc.fault)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			object, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{GenerateName: "it-", Labels: map[string]string{"case": name}}}, metav1.CreateOptions{})
			if !tc.is(err) {
				t.Errorf("%s Got %v, %v", tc.reason, object, err)
			}
			made, err := client.CoreV1().ConfigMaps(namespace).List(t.Context(), metav1.ListOptions{LabelSelector: "case=" + name})
			if err != nil || (len(made.Items) == 1) != tc.applied || spoiled.Hits() != 1 {
				t.Errorf("%s There are %v, %v after %d hits", tc.reason, made, err, spoiled.Hits())
			}
		})
	}
}

func TestProxyWatches(t *testing.T) {
	namespace, ctx := newNamespace(t), testContext(t)
	proxy, client := proxied(t)
	open := func() watch.Interface {
		watching, err := client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{FieldSelector: "metadata.name=seen"})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(watching.Stop)
		return watching
	}
	watching := open()
	release := proxy.HoldWatches()
	if _, err := client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("seen"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	select {
	case event := <-watching.ResultChan():
		t.Fatalf("a watch that is held up has %v", event)
	case <-time.After(200 * time.Millisecond): // Nothing is to come.
	}
	release()
	if event := <-watching.ResultChan(); event.Type != watch.Added {
		t.Errorf("after its release the watch has %v, want what was added", event)
	}
	if cut := proxy.CutWatches(); cut != 1 {
		t.Errorf("%d watches were cut, want 1", cut)
	}
	for event := range watching.ResultChan() {
		t.Errorf("a watch that was cut goes on with %v", event)
	}
	if event := <-open().ResultChan(); event.Type != watch.Added {
		t.Errorf("the next watch has %v, want what there is", event)
	}
}
