package deletion

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func written() []v1alpha1.ExternalResource {
	return []v1alpha1.ExternalResource{
		{Slot: "number", ID: "PN1", Origin: v1alpha1.OriginAdopted}, {Slot: "trunk", ID: "TK1", Name: "cp", Origin: v1alpha1.OriginCreated},
		{Slot: "rule", ID: "SDR_1", Name: "cp", Origin: v1alpha1.OriginCreated}, {Slot: "attach", ID: "PN1", Origin: v1alpha1.OriginCreated},
	}
}

func number(change ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{Spec: v1alpha1.PhoneNumberSpec{AgentRef: &v1alpha1.AgentReference{Name: "support"}}}
	n.Status.ExternalResources = written()
	for _, edit := range change {
		edit(n)
	}
	return n
}

func policy(p v1alpha1.DeletionPolicy) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = p }
}

func slots(entries []v1alpha1.ExternalResource) []string {
	var slots []string
	for _, entry := range entries {
		slots = append(slots, entry.Slot)
	}
	return slots
}

func TestPlan(t *testing.T) {
	fleet := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{v1alpha1.AnnotationPaused: "true"}}}
	fleet.Status.ExternalResources = written()[1:2]
	fleet.Status.Numbers = &v1alpha1.Users{Count: new(int32(7)), Names: []string{"a", "b", "c", "d", "e", "f", "g"}}
	cases := map[string]struct {
		reason string
		owner  v1alpha1.Owner
		goes   []string
		says   []string
	}{
		"Teardown": {"the configuration goes and the number stays", number(), []string{"trunk", "rule", "attach"},
			[]string{"new calls no longer reach the agent support", "3 resources are torn down at the providers", "the number itself stays in the account"}},
		"Release": {"the number goes too", number(policy("Release")), []string{"number", "trunk", "rule", "attach"},
			[]string{"new calls no longer reach the agent support", "4 resources are torn down at the providers", "then the number is given back to the carrier, for good"}},
		"Retain": {"nothing goes", number(policy("Retain")), nil,
			[]string{"nothing is torn down; what stays is listed in an OrphanRecord in the namespace of the manager"}},
		"Begun": {"a teardown obeys what it began with", number(policy("Retain"), func(n *v1alpha1.PhoneNumber) {
			n.Status.Teardown = &v1alpha1.TeardownStatus{Policy: "Teardown", StartedAt: &metav1.Time{Time: time.Unix(0, 0)}}
		}), []string{"trunk", "rule", "attach"}, []string{"new calls no longer reach the agent support", "3 resources are torn down at the providers", "the number itself stays in the account"}},
		"Automatic": {"without an agent nobody is named", number(func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil }), []string{"trunk", "rule", "attach"},
			[]string{"new calls no longer reach an agent", "3 resources are torn down at the providers", "the number itself stays in the account"}},
		"Lent": {"what was imported and stays as it is, stays", number(func(n *v1alpha1.PhoneNumber) {
			n.Status.ExternalResources[2].Origin, n.Status.ExternalResources[2].Name = v1alpha1.OriginImported, ""
		}), []string{"trunk", "attach"}, []string{"2 resources are torn down at the providers", "the number itself stays in the account"}},
		"TakenOver": {"a number goes back to where it was", number(func(n *v1alpha1.PhoneNumber) {
			n.Status.ExternalResources[3].Origin, n.Status.ExternalResources[3].Previous = v1alpha1.OriginTakenOver, "TK9"
		}), []string{"trunk", "rule", "attach"}, []string{"new calls no longer reach the agent support", "3 resources are torn down at the providers", "the number goes back to TK9, from which it was taken"}},
		"Empty": {"nothing was made", number(func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = nil }), nil,
			[]string{"nothing was made for it at the providers", "the number itself stays in the account"}},
		"Trunk": {"a trunk waits for its numbers, and for whoever paused it", fleet, []string{"trunk"},
			[]string{"1 resource is torn down at the providers", "all this waits until the annotation callplane.io/paused is removed, and until no phone number is on it any more (now 7: a, b, c, d, e and 2 more)"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			plan := Of(tc.owner)
			if diff := cmp.Diff(tc.goes, slots(plan.Goes)); diff != "" {
				t.Errorf("%s: what goes (-want +got):\n%s", tc.reason, diff)
			}
			if all := len(tc.owner.Lifecycle().ExternalResources); len(plan.Goes)+len(plan.Stays) != all {
				t.Errorf("%s: %d go and %d stay of %d", tc.reason, len(plan.Goes), len(plan.Stays), all)
			}
			if diff := cmp.Diff(tc.says, plan.Sentences()); diff != "" {
				t.Errorf("%s: sentences (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
