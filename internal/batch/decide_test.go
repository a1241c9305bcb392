package batch

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestDecide(t *testing.T) {
	const corrupted = "Failed to cleanup external resources. Twilio refused the credentials."
	number := func(changes ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
		object := object("line", "1")
		for _, change := range changes {
			change(&object)
		}
		return &object
	}
	deleting := func(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = new(metav1.Unix(1, 0)) }
	because := func(kind, reason, message string) func(*v1alpha1.PhoneNumber) {
		return func(n *v1alpha1.PhoneNumber) {
			n.Status.Conditions = append(n.Status.Conditions, metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: reason, Message: message})
		}
	}
	ofAgent := func(name string) func(*v1alpha1.PhoneNumber) {
		return func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: name} }
	}
	under := func(policy v1alpha1.DeletionPolicy) func(*v1alpha1.PhoneNumber) {
		return func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = policy }
	}
	plain := v1alpha1.PhoneNumberDeletionSpec{}
	support := v1alpha1.PhoneNumberDeletionSpec{AgentRef: &v1alpha1.AgentReference{Name: "support"}}
	release := v1alpha1.PhoneNumberDeletionSpec{DeletionPolicy: v1alpha1.DeletionPolicyRelease}
	teardown := v1alpha1.PhoneNumberDeletionSpec{DeletionPolicy: v1alpha1.DeletionPolicyTeardown}
	cases := map[string]struct {
		reason string
		spec   v1alpha1.PhoneNumberDeletionSpec
		number *v1alpha1.PhoneNumber
		want   Decision
	}{
		"gone":          {"that is what was wanted", plain, nil, Decision{Gone: true}},
		"there":         {"it is its turn", plain, number(), Decision{Delete: true}},
		"of the agent":  {"it may be deleted", support, number(ofAgent("support")), Decision{Delete: true}},
		"of another":    {"it has been moved, or was never meant", support, number(ofAgent("sales")), Decision{Error: "The PhoneNumber line belongs to the agent sales, not to support."}},
		"of none":       {"no agent is not any agent", support, number(), Decision{Error: "The PhoneNumber line belongs to no agent, not to support."}},
		"other policy":  {"the policy is written before it is deleted", release, number(), Decision{Delete: true}},
		"being deleted": {"whoever began it, it is not deleted twice", plain, number(deleting), Decision{State: v1alpha1.DeletionDeleting}},
		"of another, deleting": {
			"it was not meant, whoever deletes it", support, number(deleting, ofAgent("sales")),
			Decision{Error: "The PhoneNumber line belongs to the agent sales, not to support."},
		},
		"deleting under another policy": {
			"its policy is frozen", release, number(deleting),
			Decision{Error: "The PhoneNumber line is already being deleted under the policy Teardown, not Release."},
		},
		"corrupted under another policy": {
			"what was asked for can no longer come", teardown, number(deleting, under(v1alpha1.DeletionPolicyRelease), because(v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed, corrupted)),
			Decision{Error: "The PhoneNumber line is already being deleted under the policy Release, not Teardown."},
		},
		"deleting under the same policy": {"it is what was asked for", release, number(deleting, under(v1alpha1.DeletionPolicyRelease)), Decision{State: v1alpha1.DeletionDeleting}},
		"deleting under the default":     {"no policy is Teardown", teardown, number(deleting), Decision{State: v1alpha1.DeletionDeleting}},
		"corrupted":                      {"it needs a person, and says for what", plain, number(deleting, because(v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed, corrupted)), Decision{Error: corrupted}},
		"corrupted without a word":       {"an error is never empty", plain, number(deleting, because(v1alpha1.ConditionCorrupted, "", "")), Decision{Error: "Its cleanup failed."}},
		"retrying":                       {"it may pass", plain, number(deleting, because(v1alpha1.ConditionDeleting, v1alpha1.ReasonRetrying, "")), Decision{State: v1alpha1.DeletionDeleting}},
		"waits for its turn":             {"it goes on by itself", plain, number(deleting, because(v1alpha1.ConditionDeleting, v1alpha1.ReasonAwaitingBudget, "")), Decision{State: v1alpha1.DeletionDeleting}},
		"paused":                         {"it waits for a person", plain, number(deleting, because(v1alpha1.ConditionDeleting, v1alpha1.ReasonPaused, "")), Decision{State: v1alpha1.DeletionHeld}},
		"blocked":                        {"it waits for somebody else", plain, number(deleting, because(v1alpha1.ConditionDeleting, v1alpha1.ReasonBlocked, "")), Decision{State: v1alpha1.DeletionHeld}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Decide(tc.spec, tc.number, false)); diff != "" {
				t.Errorf("%s, -want +got:\n%s", tc.reason, diff)
			}
		})
	}
	moved := Decide(support, number(deleting, ofAgent("sales")), true)
	if diff := cmp.Diff(Decision{State: v1alpha1.DeletionDeleting}, moved); diff != "" {
		t.Errorf("what was begun cannot be undone, whomever it belongs to since, -want +got:\n%s", diff)
	}
}
