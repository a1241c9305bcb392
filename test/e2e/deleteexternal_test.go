package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// annotateRecord tries to have deleted what a record lists.
func annotateRecord(t *testing.T, by person, name string) (stderr string, err error) {
	t.Helper()
	_, stderr, err = by.kubectl(t, "annotate", "orphanrecord", name, "-n", world.ManagerNamespace, deleteExternally)
	return stderr, err
}

// TestRetainedIsKept shows that what was retained on purpose is deleted for nobody's
// annotation, that nobody makes it forgotten who may not, and that its record is closed
// once it was cleaned up by hand, and can be deleted then.
func TestRetainedIsKept(t *testing.T) {
	w, manager := calmWorld(t, sweepOften)
	create(t, w, w.PhoneNumber("support-line", world.Policy(v1alpha1.DeletionPolicyRetain)))
	number := awaitActive(t, w, "support-line")
	remove(t, w, number)
	awaitGone(t, w, number.DeepCopy())
	uid := string(number.UID)
	wantOrphanRecord(t, w, number, v1alpha1.ReasonRetained)
	for _, who := range []person{cleaner(t), asAdmin(t)} {
		if stderr, err := annotateRecord(t, who, uid); err == nil || !strings.Contains(stderr, "was retained on purpose") {
			t.Errorf("%s got %v: %s", who.name, err, stderr)
		}
	}
	if stderr, err := deleteRecord(t, cleaner(t), uid); err == nil || !strings.Contains(stderr, "was retained on purpose") {
		t.Errorf("the only word of that it was retained was deleted: %v: %s", err, stderr)
	}
	awaitSweeps(t, manager, "Complete")
	wantOrphanRecord(t, w, number, v1alpha1.ReasonRetained)
	removeByHand(t, w)
	awaitClosed(t, w, uid)
	if stderr, err := deleteRecord(t, cleaner(t), uid); err != nil {
		t.Errorf("a closed record stays: %v: %s", err, stderr)
	}
}

func deleteRecord(t *testing.T, by person, name string) (stderr string, err error) {
	t.Helper()
	_, stderr, err = by.kubectl(t, "delete", "orphanrecord", name, "-n", world.ManagerNamespace)
	return stderr, err
}

// TestDuplicateOfALiveNumber reports what a number has too many of, deletes it only
// once the number is gone, and never touches what is in the ledger.
func TestDuplicateOfALiveNumber(t *testing.T) {
	w, _ := calmWorld(t, sweepOften)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	second := w.Twilio.AddTrunk(w.Account.SID, w.Twilio.Trunks("")[0].FriendlyName, "")
	name := string(number.UID) + "-duplicates"
	eventually(t, "the second trunk to be on record", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, name)
		if err != nil || len(record.Status.Resources) != 1 || record.Status.Resources[0].ID != second {
			return fmt.Sprint(render(record.Status), err)
		}
		return ""
	})
	if stderr, err := annotateRecord(t, cleaner(t), name); err != nil {
		t.Fatal(err, stderr)
	}
	wantRecordEvent(t, w, name, v1alpha1.ReasonDeleteExternalRefused)
	eventually(t, "the record to say why", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, name)
		if err != nil {
			return err.Error()
		}
		stalled := meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionStalled)
		if stalled == nil || !strings.Contains(stalled.Message, "The PhoneNumber "+w.Namespace+"/support-line is there") || len(record.Annotations) > 0 {
			return "it is " + render(record)
		}
		return ""
	})
	if trunks := w.Twilio.Trunks(""); len(trunks) != 2 {
		t.Errorf("there are %d trunks, want both", len(trunks))
	}
	remove(t, w, number)
	awaitGone(t, w, number)
	if stderr, err := annotateRecord(t, cleaner(t), name); err != nil {
		t.Fatal(err, stderr)
	}
	awaitClosed(t, w, name)
	wantHoldings(t, w, nothing)
}

// TestDeletionThatFails says on the record what is wrong and what is left, and ends
// by itself once the credentials are mended.
func TestDeletionThatFails(t *testing.T) {
	w, _, number := orphanedWorld(t)
	uid := string(number.UID)
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.Namespace, Name: world.AccountSecret}}
	if err := w.Client.Delete(t.Context(), secret); err != nil {
		t.Fatal(err)
	}
	if stderr, err := annotateRecord(t, cleaner(t), uid); err != nil {
		t.Fatal(err, stderr)
	}
	eventually(t, "the record to say what is wrong", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, uid)
		if err != nil {
			return err.Error()
		}
		stalled := meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionStalled)
		if stalled == nil || stalled.Reason != v1alpha1.ClassCredentialsMissing || !strings.Contains(stalled.Message, w.Twilio.Trunks("")[0].SID) {
			return "it is " + render(record.Status)
		}
		return ""
	})
	wantRecordEvent(t, w, uid, v1alpha1.ClassCredentialsMissing)
	create(t, w, w.TwilioSecret())
	awaitClosed(t, w, uid)
	wantHoldings(t, w, nothing)
}
