package siptrunk

import (
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

func on(trunk string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) { n.Spec.CarrierRef.Name = trunk }
}

// newNumber makes calls on the trunk "main".
func newNumber(change func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{Spec: v1alpha1.PhoneNumberSpec{
		CarrierRef: v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: "main"}, Outbound: &v1alpha1.Outbound{},
	}}
	change(n)
	return n
}

// recorded puts the places of a number into its ledger.
func recorded(state v1alpha1.State, trunk, list string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Status.ExternalResources = []v1alpha1.ExternalResource{
			{Slot: string(external.SlotAttachment), ParentID: trunk, State: v1alpha1.StateReady},
			{Slot: string(external.SlotOutboundTrunk), ParentID: list, State: state},
		}
	}
}

func TestConcerns(t *testing.T) {
	cases := map[string]struct {
		reason        string
		before, after func(*v1alpha1.PhoneNumber)
		want          bool
	}{
		"another trunk": {reason: "one loses it, and the other gets it", before: on("main"), after: on("spare"), want: true},
		"no more calls": {reason: "its trunk takes it off the list", before: on("main"), after: func(n *v1alpha1.PhoneNumber) { n.Spec.Outbound = nil }, want: true},
		"another agent": {reason: "who answers is no business of the trunk", before: on("main"), after: func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: "agent"} }},
		"being deleted": {reason: "its trunk takes it off the list", before: on("main"), after: func(n *v1alpha1.PhoneNumber) {
			n.DeletionTimestamp, n.Status.Teardown = new(metav1.Now()), &v1alpha1.TeardownStatus{}
		}, want: true},
		"waits for its turn": {reason: "until then nothing is touched", before: on("main"), after: func(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = new(metav1.Now()) }},
		"attached":           {reason: "calls can be made from it", before: on("main"), after: recorded(v1alpha1.StateReady, "TK", ""), want: true},
		"moved":              {reason: "the one that it was on need not wait for it any more", before: recorded(v1alpha1.StateReady, "TK", "ST"), after: recorded(v1alpha1.StateReady, "TK2", "ST"), want: true},
		"waits":              {reason: "somebody took it off the list by hand", before: recorded(v1alpha1.StateReady, "TK", "ST"), after: recorded(v1alpha1.StatePending, "TK", "ST"), want: true},
		"waits still":        {reason: "its trunk knows", before: recorded(v1alpha1.StatePending, "TK", "ST"), after: recorded(v1alpha1.StatePending, "TK", "ST")},
		"waits no longer":    {reason: "it is what its trunk has done", before: recorded(v1alpha1.StatePending, "TK", "ST"), after: recorded(v1alpha1.StateReady, "TK", "ST")},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := concerns(newNumber(c.before), newNumber(c.after)); got != c.want {
				t.Errorf("concerns a trunk: %v, want %v: %s", got, c.want, c.reason)
			}
		})
	}
}
