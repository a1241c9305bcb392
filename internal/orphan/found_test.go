package orphan

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestFound makes a record of what a sweep finds, says whether it was news, and
// knows what it has.
func TestFound(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	unknown := v1alpha1.OrphanOwner{Kind: "PhoneNumber", UID: "0f8fad5b"}
	entry := newNumber().Status.ExternalResources[0]
	attach := v1alpha1.ExternalResource{Slot: "attach", Kind: "TrunkPhoneNumber", Account: "AC1", ID: "PN1", ParentID: "TK1"}
	cases := []struct {
		reason string
		found  []v1alpha1.ExternalResource
		news   bool
		want   []string
	}{
		{"nobody knew of it", []v1alpha1.ExternalResource{entry, attach}, true, []string{"trunk TK1", "attach PN1"}},
		{"it is known", []v1alpha1.ExternalResource{attach, entry}, false, []string{"trunk TK1", "attach PN1"}},
		{"there is more", []v1alpha1.ExternalResource{{Slot: "creds", ID: "CL1"}}, true, []string{"trunk TK1", "attach PN1", "creds CL1"}},
	}
	for _, c := range cases {
		record, err := recorder.Found(t.Context(), "0f8fad5b", unknown, c.found, instant)
		if err != nil || (record != nil) != c.news {
			t.Fatalf("got %v and %v, want news: %v: %s", record, err, c.news, c.reason)
		}
		now := recorded(t, recorder.Client)
		if diff := cmp.Diff(c.want, slotsAndIDs(now)); diff != "" || now.Status.State != v1alpha1.OrphanOpen {
			t.Errorf("%s: the record is %s, -want +got:\n%s", c.reason, now.Status.State, diff)
		}
	}
	if diff := cmp.Diff(v1alpha1.OrphanRecordSpec{Owner: unknown, Reason: v1alpha1.ReasonSwept, Since: instant}, recorded(t, recorder.Client).Spec); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestFoundWhatWasIntended fills in the id of what was about to be made.
func TestFoundWhatWasIntended(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	number := newNumber()
	found := number.Status.ExternalResources[0]
	number.Status.ExternalResources[0].ID = ""
	if err := recorder.Record(t.Context(), number, v1alpha1.ReasonForceDeleted, instant); err != nil {
		t.Fatal(err)
	}
	if _, err := recorder.Found(t.Context(), "0f8fad5b", v1alpha1.OrphanOwner{}, []v1alpha1.ExternalResource{found}, instant); err != nil {
		t.Fatal(err)
	}
	record := recorded(t, recorder.Client)
	if diff := cmp.Diff([]string{"trunk TK1"}, slotsAndIDs(record)); diff != "" || record.Spec.Reason != v1alpha1.ReasonForceDeleted {
		t.Errorf("the reason is %s, -want +got:\n%s", record.Spec.Reason, diff)
	}
}

// TestMoreThanFits keeps to what the API allows: the length of a slot, and of a list.
func TestMoreThanFits(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	var found []v1alpha1.ExternalResource
	for i := range 40 {
		found = append(found, v1alpha1.ExternalResource{Slot: "outbound", Kind: "SIPOutboundTrunk", ID: fmt.Sprintf("ST_%d", i)})
	}
	record, err := recorder.Found(t.Context(), "0f8fad5b", v1alpha1.OrphanOwner{}, found, instant)
	if err != nil || len(record.Status.Resources) != v1alpha1.MaxOrphanResources {
		t.Fatalf("got %v and %v, want a list that is full", record, err)
	}
	slots := map[string]bool{}
	for _, entry := range record.Status.Resources {
		slots[entry.Slot] = true
		if len(entry.Slot) > 8 {
			t.Errorf("the slot %s is too long", entry.Slot)
		}
	}
	if len(slots) != v1alpha1.MaxOrphanResources {
		t.Errorf("%d slots for %d entries", len(slots), v1alpha1.MaxOrphanResources)
	}
}

// TestConditionsEnd with what they speak of.
func TestConditionsEnd(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	if err := recorder.Record(t.Context(), newNumber(), v1alpha1.ReasonForceDeleted, instant); err != nil {
		t.Fatal(err)
	}
	stalled := metav1.Condition{Type: v1alpha1.ConditionStalled, Status: metav1.ConditionTrue, Reason: "Unknown", LastTransitionTime: instant}
	change := func(change func(*v1alpha1.OrphanRecord)) {
		t.Helper()
		if _, err := recorder.Change(t.Context(), "0f8fad5b", change); err != nil {
			t.Fatal(err)
		}
	}
	change(func(r *v1alpha1.OrphanRecord) { r.Status.Conditions = []metav1.Condition{stalled} })
	if err := recorder.Add(t.Context(), newNumber(), v1alpha1.ExternalResource{Slot: "acl", ID: "AL"}, instant); err != nil {
		t.Fatal(err)
	}
	if got := recorded(t, recorder.Client).Status.Conditions; len(got) != 1 {
		t.Errorf("the conditions are %v, want what is still so", got)
	}
	change(func(r *v1alpha1.OrphanRecord) { r.Status.Resources = nil })
	if got := recorded(t, recorder.Client).Status.Conditions; len(got) > 0 {
		t.Errorf("the conditions are %v, want none of a closed record", got)
	}
}

// TestOfWithoutDuplicates takes what an object had too many of for no life of it.
func TestOfWithoutDuplicates(t *testing.T) {
	recorder := Recorder{Client: newClient(t, interceptor.Funcs{}), Namespace: namespace}
	number := newNumber()
	if _, err := recorder.Found(t.Context(), "0f8fad5b-duplicates", number.Identity(), number.Status.ExternalResources, instant); err != nil {
		t.Fatal(err)
	}
	records, err := recorder.Of(t.Context(), "support", "line")
	if err != nil || len(records) > 0 {
		t.Errorf("got %v and %v, want none", records, err)
	}
}
