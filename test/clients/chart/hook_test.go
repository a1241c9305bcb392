//go:build clients

package chart

import (
	"context"
	"strings"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// uninstalled is how an uninstall ended, and what its hook said.
type uninstalled struct {
	output string
	err    error
	// said is what the hook's program printed.
	said string
}

// uninstall runs helm uninstall. No kubelet runs the hook's pod, so this does what it
// and the Job controller would: it runs the built manager with the arguments and the
// ServiceAccount of the Job, and writes into the Job's status how that ended.
func (c cluster) uninstall(t *testing.T) uninstalled {
	t.Helper()
	ended := make(chan uninstalled, 1)
	go func() {
		output, err := c.helm(t, "uninstall", release, "--timeout=60s")
		ended <- uninstalled{output: output, err: err}
	}()
	job := c.awaitHook(t)
	said := c.playHook(t, job)
	end := <-ended
	end.said = said
	return end
}

func (c cluster) awaitHook(t *testing.T) *batchv1.Job {
	t.Helper()
	var job batchv1.Job
	eventually(t, "the Job of the hook", func(ctx context.Context) string {
		err := c.Get(ctx, nameIn(namespace, "callplane-may-uninstall"), &job)
		if err == nil && (!job.DeletionTimestamp.IsZero() || len(job.Status.Conditions) > 0) {
			return "it is that of an earlier uninstall"
		}
		if err != nil {
			return err.Error()
		}
		return ""
	})
	return &job
}

func (c cluster) playHook(t *testing.T, job *batchv1.Job) (said string) {
	t.Helper()
	pod := job.Spec.Template.Spec
	kubeconfig, err := c.ServiceAccountKubeconfig(t.Context(), job.Namespace, pod.ServiceAccountName)
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := manager(t, kubeconfig, pod.Containers[0].Args...)
	now := metav1.Now()
	job.Status.StartTime = &now
	conditions := []batchv1.JobConditionType{batchv1.JobSuccessCriteriaMet, batchv1.JobComplete}
	if code == 0 {
		job.Status.CompletionTime, job.Status.Succeeded = &now, 1
	} else {
		conditions = []batchv1.JobConditionType{batchv1.JobFailureTarget, batchv1.JobFailed}
		job.Status.Failed = 1
	}
	for _, condition := range conditions {
		job.Status.Conditions = append(job.Status.Conditions, batchv1.JobCondition{
			Type: condition, Status: corev1.ConditionTrue, Reason: "Played", LastTransitionTime: now,
		})
	}
	if err := c.Status().Update(t.Context(), job); err != nil {
		t.Fatal(err)
	}
	return stdout + stderr
}

// wantRefused wants that an uninstall ended with what its hook refused, and that
// nothing was deleted.
func (c cluster) wantRefused(t *testing.T, end uninstalled, says string) {
	t.Helper()
	if end.err == nil || !strings.Contains(end.output, "callplane-may-uninstall not ready. status: Failed") {
		t.Errorf("error %v, Helm says %s; want that the hook failed", end.err, end.output)
	}
	if !strings.Contains(end.said, says) {
		t.Errorf("the hook says %q, want %q", end.said, says)
	}
	if err := c.Get(t.Context(), nameIn(namespace, "callplane-manager"), deployment()); err != nil {
		t.Errorf("the manager is to stay: %v", err)
	}
}

func (c cluster) wantUninstalled(t *testing.T, end uninstalled) {
	t.Helper()
	if end.err != nil {
		t.Fatalf("helm uninstall: %v\n%s\nthe hook says %s", end.err, end.output, end.said)
	}
	if err := c.Get(t.Context(), nameIn(namespace, "callplane-manager"), deployment()); !apierrors.IsNotFound(err) {
		t.Errorf("the manager: %v, want that it is gone", err)
	}
}

func deployment() client.Object {
	object := &metav1.PartialObjectMetadata{}
	object.SetGroupVersionKind(appsDeployment)
	return object
}
