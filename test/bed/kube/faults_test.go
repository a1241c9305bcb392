package kube_test

import (
	"context"
	"errors"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestRestarts(t *testing.T) {
	namespace, client, ctx := newNamespace(t), clientFor(t, plane.Config()), testContext(t)
	cases := map[string]struct {
		reason string
		act    func() error
	}{
		"APIServer":         {reason: "kube-apiserver comes back at its address.", act: func() error { return plane.RestartAPIServer(ctx) }},
		"Etcd":              {reason: "etcd comes back with its data.", act: func() error { return plane.RestartEtcd(ctx) }},
		"ControllerManager": {reason: "The controllers come back.", act: func() error { return plane.RestartControllerManager(ctx) }},
		"Crash": {reason: "etcd and kube-apiserver come back after a crash, with their data.", act: func() error {
			return errors.Join(plane.CrashAPIServer(), plane.CrashEtcd(), plane.StartCrashed(ctx))
		}},
		"Pause": {reason: "A paused kube-apiserver goes on when resumed.", act: func() error {
			if err := plane.PauseAPIServer(); err != nil {
				return err
			}
			short, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
			defer cancel()
			if _, err := client.CoreV1().Namespaces().Get(short, namespace, metav1.GetOptions{}); err == nil {
				t.Error("A paused kube-apiserver does not answer.")
			}
			return plane.ResumeAPIServer()
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			begin := time.Now()
			if err := tc.act(); err != nil {
				t.Fatalf("%s\n%v", tc.reason, err)
			}
			t.Logf("took %s", time.Since(begin).Round(time.Millisecond))
			if _, err := client.CoreV1().Namespaces().Get(ctx, namespace, metav1.GetOptions{}); err != nil {
				t.Errorf("%s\n%v", tc.reason, err)
			}
		})
	}
}
