package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const onSale = "+14155550150"

// TestPurchase buys a number, whose purchase is answered by nobody, with a manager that
// is killed meanwhile; another one finds it and sets it up, and gives it back or not.
func TestPurchase(t *testing.T) {
	cases := map[v1alpha1.DeletionPolicy]struct {
		reason string
		left   []string
	}{
		v1alpha1.DeletionPolicyTeardown: {reason: "what was bought stays in the account", left: []string{onSale}},
		v1alpha1.DeletionPolicyRelease:  {reason: "what was bought is given back", left: []string{}},
	}
	for policy, c := range cases {
		t.Run(string(policy), func(t *testing.T) {
			w, manager := calmWorld(t)
			w.Twilio.AddAvailableNumbers("US", onSale, onSale+"0")
			unanswered := w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "number.purchase"}, Action: twiliosim.Hang().AfterApply()})
			create(t, w, w.PhoneNumber("campaign-line", func(n *v1alpha1.PhoneNumber) {
				n.Spec.Number, n.Spec.Acquisition, n.Spec.DeletionPolicy = onSale, v1alpha1.AcquisitionPurchase, policy
			}))
			eventually(t, "the purchase", func(context.Context) string {
				if unanswered.Hits() == 0 || !slices.Contains(owned(w), onSale) {
					return "nothing was bought"
				}
				return ""
			})
			manager.Kill()
			startManager(t, w)
			number := awaitActive(t, w, "campaign-line")
			if entry := number.Status.ExternalResources[0]; entry.Origin != v1alpha1.OriginCreated || entry.Name != onSale {
				t.Errorf("the ledger has %+v, want a number that was bought", entry)
			}
			remove(t, w, number)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
			if diff := cmp.Diff(append([]string{w.Number}, c.left...), owned(w)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
			if bought := purchases(w); bought != 1 {
				t.Errorf("%d purchases were sent, want one", bought)
			}
		})
	}
}

// TestNotOnSale says so, and goes on once somebody has brought the number.
func TestNotOnSale(t *testing.T) {
	w, _ := calmWorld(t)
	w.Twilio.AddAvailableNumbers("US", onSale+"0")
	create(t, w, w.PhoneNumber("campaign-line", func(n *v1alpha1.PhoneNumber) {
		n.Spec.Number, n.Spec.Acquisition = onSale, v1alpha1.AcquisitionPurchase
	}))
	number := awaitReason(t, w, "campaign-line", v1alpha1.ConditionReady, v1alpha1.ClassInvalidConfiguration)
	if ready := meta.FindStatusCondition(number.Status.Conditions, v1alpha1.ConditionReady); !strings.Contains(ready.Message, "Twilio does not sell "+onSale) {
		t.Errorf("Ready says %q, want it to name what is not for sale", ready.Message)
	}
	w.Twilio.AddNumber(w.Account.SID, onSale, twiliosim.NumberOptions{})
	awaitActive(t, w, "campaign-line")
	if bought := purchases(w); bought != 0 {
		t.Errorf("%d purchases were sent, want none", bought)
	}
}

// owned are the numbers of the account, oldest first.
func owned(w *world.World) []string {
	numbers := []string{}
	for _, number := range w.Twilio.Numbers(w.Account.SID) {
		numbers = append(numbers, number.PhoneNumber)
	}
	return numbers
}

func purchases(w *world.World) int {
	count := 0
	for _, call := range w.Twilio.Calls() {
		if call.Operation == "number.purchase" {
			count++
		}
	}
	return count
}
