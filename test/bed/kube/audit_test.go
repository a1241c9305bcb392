package kube_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/test/bed/kube"
)

func TestAuditShowsWrite(t *testing.T) {
	namespace, ctx, begin := newNamespace(t), testContext(t), time.Now()
	config := plane.Config()
	config.UserAgent = "writer/1.0"
	if _, err := clientFor(t, config).CoreV1().ConfigMaps(namespace).Create(ctx, configMap("written"), metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	isWrite := func(e kube.AuditEvent) bool { return e.Namespace == namespace && e.Name == "written" }
	got, err := plane.AwaitAudit(ctx, isWrite)
	if err != nil {
		t.Fatal(err)
	}
	want := kube.AuditEvent{
		Verb: "create", Resource: "configmaps", Namespace: namespace, Name: "written",
		User: "admin", UserAgent: "writer/1.0", Code: 201,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(kube.AuditEvent{}, "Time")); diff != "" {
		t.Errorf("the audit log tells who wrote what: -want, +got:\n%s", diff)
	}
	since, err := plane.AuditSince(begin)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range since {
		if event.Time.Before(begin) {
			t.Errorf("AuditSince leaves out what is older: got %+v, older than %s", event, begin)
		}
	}
}

func TestAuditLeavesOutNoise(t *testing.T) {
	events, err := plane.AuditEvents()
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		if event.Resource == "leases" || event.Resource == "events" || event.User == "system:apiserver" {
			t.Errorf("noise in the audit log: %+v", event)
		}
	}
}
