package fleet

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// Ids of the model and of its copy.
const (
	modelUID, copyUID = "0f5c9a5e-2b1d-4c3e-9f8a-7b6c5d4e3f2a", "1a2b3c4d-2b1d-4c3e-9f8a-7b6c5d4e3f2b"
	firstTrunk        = "TK00000000000000000000000000000001"
	secondTrunk       = "TK00000000000000000000000000000002"
)

func TestCopyStatus(t *testing.T) {
	f := &Fleet{Options: Options{Namespace: "bench", Trunks: 2}, trunkSIDs: []string{firstTrunk, secondTrunk}}
	f.model.number = described(f.number(ModelName, modelNumber), modelUID, trunkName(0), firstTrunk, "PNmodel", "ST_model")

	got := f.number(Name(3), 3)
	got.UID = copyUID
	if err := f.copyStatus(got, 3, ids{external.SlotNumber: "PNcopy", external.SlotAttachment: "PNcopy", external.SlotInboundTrunk: "ST_copy"}); err != nil {
		t.Fatal(err)
	}
	want := described(f.number(Name(3), 3), copyUID, trunkName(1), secondTrunk, "PNcopy", "ST_copy")
	if diff := cmp.Diff(want.Status, got.Status); diff != "" {
		t.Errorf("a copy has the model's status, with its own names, ids and trunk:\n%s", diff)
	}
}

// described has a number look as one that was set up.
func described(number *v1alpha1.PhoneNumber, uid, trunk, trunkSID, sid, inbound string) *v1alpha1.PhoneNumber {
	number.UID = types.UID(uid)
	number.Status.ObservedGeneration = 1
	number.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "True", Message: number.Spec.Number + " is on " + trunk}}
	number.Status.ExternalResources = []v1alpha1.ExternalResource{
		{Slot: "attach", ID: sid, ParentID: trunkSID},
		{Slot: "inbound", ID: inbound, Name: prefix(number) + "inbound"},
	}
	return number
}
