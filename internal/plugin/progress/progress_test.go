package progress

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func deleting(reason, message string, slots ...string) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{}}}
	n.DeletionTimestamp.Time = n.DeletionTimestamp.AddDate(2026, 0, 0)
	if reason != "" {
		n.Status.Conditions = []metav1.Condition{{Type: "Deleting", Status: "True", Reason: reason, Message: message}}
	}
	for _, slot := range slots {
		n.Status.ExternalResources = append(n.Status.ExternalResources, v1alpha1.ExternalResource{Slot: slot, Name: "cp", Origin: v1alpha1.OriginCreated})
	}
	return n
}

func TestTeardown(t *testing.T) {
	var teardown Teardown
	var lines, bars []string
	for _, seen := range []*v1alpha1.PhoneNumber{
		deleting("", "", "number", "trunk", "rule"),
		deleting("Unlinking", "the agent is unlinked", "number", "trunk"),
		deleting("Retrying", "Twilio is away. It is tried again.", "number", "trunk"),
	} {
		step := teardown.See(seen)
		lines, bars = append(lines, step.Line()), append(bars, step.Bar(50))
	}
	want := []string{"0 of 2 gone, Waiting", "1 of 2 gone, Unlinking", "1 of 2 gone, Retrying: Twilio is away. It is tried again."}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Errorf("the number stays, so it does not count; lines (-want +got):\n%s", diff)
	}
	want = []string{"░░░░░░░░░░░░░░░░░░░░ 0/2 Waiting", "██████████░░░░░░░░░░ 1/2 Unlinking", "██████████░░░░░░░░░░ 1/2 Retrying: Twilio is away…"}
	if diff := cmp.Diff(want, bars); diff != "" {
		t.Errorf("a bar is one line of a terminal (-want +got):\n%s", diff)
	}
}

func TestResults(t *testing.T) {
	batch := &v1alpha1.PhoneNumberDeletion{}
	batch.Spec.PhoneNumbers = []string{"+3", "+1", "+2", "+4"}
	batch.Status.Remaining = []v1alpha1.RemainingNumber{{PhoneNumber: "+2", State: "Held"}, {PhoneNumber: "+4", State: "Pending"}}
	before := Results(batch)
	batch.Status.Deleted = []string{"+1"}
	batch.Status.Errors = []v1alpha1.DeletionError{{PhoneNumber: "+3", Error: "It is protected."}}
	batch.Status.Counts = &v1alpha1.DeletionCounts{Total: new(int32(4)), Deleted: new(int32(1)), Failed: new(int32(1)), Deleting: new(int32(1)), Pending: new(int32(1))}
	after := Results(batch)
	want := []Result{{"+3", Failed, "It is protected."}, {"+1", Deleted, ""}, {"+2", "Held", ""}, {"+4", "Pending", ""}}
	if diff := cmp.Diff(want, after); diff != "" {
		t.Errorf("results come in the order of the spec (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want[:2], News(before, after)); diff != "" {
		t.Errorf("news are the results that are final (-want +got):\n%s", diff)
	}
	if news := News(after, after); len(news) > 0 {
		t.Errorf("%v is no news", news)
	}
	if got, want := Summary(batch, 0), "██████████░░░░░░░░░░ 2/4 deleted 1, failed 1, being deleted 1, pending 1"; got != want {
		t.Errorf("the summary is %q, want %q", got, want)
	}
	if got := Summary(&v1alpha1.PhoneNumberDeletion{}, 0); got != "Waiting for the manager to begin" {
		t.Errorf("the summary of a new batch is %q", got)
	}
}

// TestSelected puts what was picked by labels in the order of the numbers.
func TestSelected(t *testing.T) {
	batch := &v1alpha1.PhoneNumberDeletion{}
	batch.Status.Deleted = []string{"+3", "+1"}
	if got := Results(batch); got[0].Number != "+1" || got[1].Number != "+3" {
		t.Errorf("the order is %v", got)
	}
}

// TestDryRun says of no number that it was deleted.
func TestDryRun(t *testing.T) {
	batch := &v1alpha1.PhoneNumberDeletion{}
	batch.Spec.DryRun = new(true)
	batch.Status.Deleted = []string{"+1"}
	batch.Status.Counts = &v1alpha1.DeletionCounts{Total: new(int32(1)), Deleted: new(int32(1)), Failed: new(int32(0)), Deleting: new(int32(0)), Pending: new(int32(0))}
	want := []Result{{"+1", "Would be deleted", ""}}
	if diff := cmp.Diff(want, News(nil, Results(batch))); diff != "" {
		t.Errorf("it is a result all the same (-want +got):\n%s", diff)
	}
	if got, want := Summary(batch, 0), "████████████████████ 1/1 would be deleted 1, failed 0, being deleted 0, pending 0"; got != want {
		t.Errorf("the summary is %q, want %q", got, want)
	}
}
