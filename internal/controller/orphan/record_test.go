package orphan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

// swept is a world with a record of what an object has left at both providers.
func swept(t *testing.T) *world {
	t.Helper()
	w := newWorld(t)
	w.leave(dead)
	w.sweep()
	w.wantRecorded(dead, v1alpha1.OrphanOpen, everything...)
	w.events = nil
	return w
}

// TestDeleteExternal deletes what a record lists, the links before what they link,
// and takes the annotation off again.
func TestDeleteExternal(t *testing.T) {
	w := swept(t)
	w.visit(dead)
	if changed := w.mutations(); len(changed) > 0 {
		t.Fatalf("%q was done without being asked for", changed)
	}
	w.annotate(dead)
	w.visit(dead)
	w.wantRecorded(dead, v1alpha1.OrphanClosed)
	w.wantTold("Normal OrphansGone on " + dead)
	if left := w.left(); len(left) > 0 {
		t.Errorf("left %q", left)
	}
	want := []string{"delete Attachment PN", "delete ListLink CL", "delete List CL", "delete Trunk TK", "delete Rule SDR", "delete Inbound ST"}
	if diff := cmp.Diff(want, w.mutations()); diff != "" {
		t.Errorf("calls, -want +got:\n%s", diff)
	}
	if annotations := w.record(dead).Annotations; len(annotations) > 0 {
		t.Errorf("the record is annotated with %v: it would delete what is found later", annotations)
	}
}

// TestDeleteExternalGivesBack lets a number that was taken over go to where it was.
func TestDeleteExternalGivesBack(t *testing.T) {
	w := newWorld(t)
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK"})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK-theirs", Name: "reception"})
	tie := w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Attachment", ID: "PN", ParentID: "TK"})
	ours := trunk("TK")
	ours.Connection = v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"}
	attachment := ours
	attachment.Slot, attachment.Kind, attachment.ID, attachment.ParentID = "attach", "Attachment", "PN", "TK"
	attachment.Origin, attachment.Previous = v1alpha1.OriginTakenOver, "TK-theirs"
	w.recorded(v1alpha1.ReasonForceDeleted, ours, attachment)
	w.annotate(alive)
	w.visit(alive)
	w.wantRecorded(alive, v1alpha1.OrphanClosed)
	if diff := cmp.Diff([]string{"Attachment PN", "Trunk TK-theirs"}, w.left()); diff != "" || tie.ParentID != "TK-theirs" {
		t.Errorf("the number is on %s, -want +left:\n%s", tie.ParentID, diff)
	}
}

// TestFoundOneByOne deletes in the right order also what was found in another.
func TestFoundOneByOne(t *testing.T) {
	w := newWorld(t)
	w.leave(dead)
	lists := w.carrier.All("List")
	lists[0].Name = "hidden"
	w.sweep()
	lists[0].Name = named(dead, "creds")
	w.sweep()
	w.wantRecorded(dead, v1alpha1.OrphanOpen, "trunk TK", "crdlink CL", "attach PN", "inbound ST", "rule SDR", "creds CL")
	w.annotate(dead)
	w.visit(dead)
	w.wantRecorded(dead, v1alpha1.OrphanClosed)
}

// TestRefusedDeletion deletes nothing that is retained, or that somebody alive
// stands for, and takes the annotation off, so that it does not come into force later.
func TestRefusedDeletion(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*world) (record string)
		says   string
	}{
		"retained": {
			reason: "it is meant to stay",
			given:  func(w *world) string { w.recorded(v1alpha1.ReasonRetained, trunk("TK")); return alive },
			says:   "What was retained is meant to stay",
		},
		"its object lives": {
			reason: "it is one too many of a number that is there",
			given: func(w *world) string {
				w.recorded(v1alpha1.ReasonSwept, trunk("TK"))
				w.must(w.api.Create(w.t.Context(), newNumber(trunk("TK1"))))
				return alive
			},
			says: "The PhoneNumber support/line is there",
		},
		"taken over": {
			reason: "another object has it in its ledger",
			given: func(w *world) string {
				w.sweep()
				w.must(w.api.Create(w.t.Context(), newNumber(trunk("TK"))))
				return dead
			},
			says: "The PhoneNumber support/line is there",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.leave(dead)
			record := c.given(w)
			w.told()
			w.annotate(record)
			w.visit(record)
			w.visit(record)
			if changed := w.mutations(); len(changed) > 0 {
				t.Errorf("%s: %q", c.reason, changed)
			}
			if annotations := w.record(record).Annotations; len(annotations) > 0 {
				t.Errorf("the record is still annotated with %v", annotations)
			}
			stalled := w.condition(record, v1alpha1.ConditionStalled)
			if stalled.Reason != v1alpha1.ReasonDeleteExternalRefused || !strings.Contains(stalled.Message, c.says) {
				t.Errorf("the record says %+v, want %q", stalled, c.says)
			}
			w.wantTold("Warning DeleteExternalRefused on " + record)
		})
	}
}

// TestDeletionFails says what is wrong once, tries again later each time, and ends
// when the cause is removed.
func TestDeletionFails(t *testing.T) {
	w := swept(t)
	w.annotate(dead)
	w.carrier.Fail(fake.Fault{Operation: fake.Connect, Err: &external.Error{Class: external.AuthenticationFailed, Message: "Twilio refused the credentials"}})
	var waits []time.Duration
	for range 6 {
		waits = append(waits, w.visit(dead).RequeueAfter)
	}
	if waits[0] <= 0 || waits[5] <= waits[1] {
		t.Errorf("it is tried again after %v, want later each time", waits)
	}
	w.wantTold("Warning AuthenticationFailed on " + dead)
	stalled := w.condition(dead, v1alpha1.ConditionStalled)
	if !strings.Contains(stalled.Message, "Twilio refused the credentials") || !strings.Contains(stalled.Message, "twilio Trunk TK") || strings.Contains(stalled.Message, "Inbound") {
		t.Errorf("the record says %q, want the cause and what is left", stalled.Message)
	}
	if record := w.record(dead); record.Annotations[v1alpha1.AnnotationDeleteExternal] != "true" {
		t.Error("nobody asks for it any more")
	}
	w.carrier.Heal()
	w.visit(dead)
	w.wantRecorded(dead, v1alpha1.OrphanClosed)
	if conditions := w.record(dead).Status.Conditions; len(conditions) > 0 {
		t.Errorf("a closed record still says %+v", conditions)
	}
}

// TestPassingFailure is no reason for a person to act.
func TestPassingFailure(t *testing.T) {
	w := swept(t)
	w.annotate(dead)
	w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Nth: 1, Err: &external.Error{Class: external.Throttled, Message: "slow down", RetryAfter: time.Minute}})
	if wait := w.visit(dead).RequeueAfter; wait < time.Minute {
		t.Errorf("it is tried again after %s, sooner than Twilio asked for", wait)
	}
	if got := w.condition(dead, v1alpha1.ConditionReconciling).Reason; got != v1alpha1.ClassThrottled {
		t.Errorf("the reason is %q", got)
	}
	w.wantTold()
	w.visit(dead)
	w.wantRecorded(dead, v1alpha1.OrphanClosed)
}

// TestUsedByOthers leaves alone what others have come to use, and keeps it on
// record: it still bears a name that nobody stands for.
func TestUsedByOthers(t *testing.T) {
	w := swept(t)
	w.carrier.All("Trunk")[0].UsedBy = "+15550199"
	w.annotate(dead)
	w.visit(dead)
	record := w.record(dead)
	if !slices.ContainsFunc(record.Status.Resources, func(entry v1alpha1.ExternalResource) bool { return entry.ID == "TK" }) {
		t.Errorf("the record lists %v, want the trunk", record.Status.Resources)
	}
	if stalled := w.condition(dead, v1alpha1.ConditionStalled); stalled.Reason != v1alpha1.ClassResourceInUse || !strings.Contains(stalled.Message, "used by +15550199") {
		t.Errorf("the record says %+v", stalled)
	}
	w.told()
	w.sweep()
	w.wantTold()
}

// TestOtherCredentials signs in with whatever stands for the account, when the
// namespace of the owner is gone.
func TestOtherCredentials(t *testing.T) {
	w := newWorld(t, newAccount("sales", "main"), newSecret("sales", "main"))
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: named(alive, "trunk")})
	entry := trunk("TK")
	entry.Connection, entry.Name = newAccount(namespace, "twilio").Connection(), named(alive, "trunk")
	w.recorded(v1alpha1.ReasonForceDeleted, entry)
	w.must(w.api.Delete(t.Context(), newAccount(namespace, "twilio")))
	w.annotate(alive)
	w.visit(alive)
	w.wantRecorded(alive, v1alpha1.OrphanClosed)

	w.recordAgain(t)
	w.must(w.api.Delete(t.Context(), newAccount("sales", "main")))
	w.annotate(alive)
	w.visit(alive)
	if stalled := w.condition(alive, v1alpha1.ConditionStalled); stalled.Reason != v1alpha1.ClassCredentialsMissing || !strings.Contains(stalled.Message, accountSID) {
		t.Errorf("the record says %+v, want which account has no credentials", stalled)
	}
}

func (w *world) recordAgain(t *testing.T) {
	t.Helper()
	entry := trunk("TK2")
	entry.Connection = newAccount(namespace, "twilio").Connection()
	w.must(w.orphans().Add(t.Context(), newNumber(), entry, metav1.NewTime(instant)))
}

func (w *world) condition(name, kind string) metav1.Condition {
	w.t.Helper()
	found := meta.FindStatusCondition(w.record(name).Status.Conditions, kind)
	if found == nil {
		w.t.Fatalf("the record has no condition %s but %+v", kind, w.record(name).Status.Conditions)
	}
	return *found
}
