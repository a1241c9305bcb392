package phonenumber

import (
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
)

func deleted(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = new(metav1.NewTime(instant)) }

func TestWhatConcernsANumber(t *testing.T) {
	ours := func(n *v1alpha1.PhoneNumber) { n.Finalizers = []string{v1alpha1.FinalizerTeardown} }
	cases := map[string]struct {
		reason string
		old    *v1alpha1.PhoneNumber
		new    *v1alpha1.PhoneNumber
		want   bool
	}{
		"status":                {reason: "what the reconciler wrote itself is no news", old: newNumber(), new: newNumber(func(n *v1alpha1.PhoneNumber) { n.Status.Problem = "x" })},
		"own finalizer":         {reason: "what the reconciler wrote itself is no news", old: newNumber(), new: newNumber(heldByOthers)},
		"labels":                {reason: "they mean nothing to it", old: newNumber(), new: newNumber(func(n *v1alpha1.PhoneNumber) { n.Labels = map[string]string{"a": "b"} })},
		"spec or deletion":      {reason: "both bump the generation", old: newNumber(), new: newNumber(func(n *v1alpha1.PhoneNumber) { n.Generation++ }), want: true},
		"annotation":            {reason: "some of them ask for something", old: newNumber(), new: newNumber(pausedByHand), want: true},
		"ours stripped":         {reason: "without it a delete would leave everything behind", old: newNumber(ours), new: newNumber(), want: true},
		"ours put on":           {reason: "what the reconciler wrote itself is no news", old: newNumber(), new: newNumber(ours)},
		"foreign finalizer off": {reason: "a deletion waits for it", old: newNumber(deleted, heldByOthers), new: newNumber(deleted), want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := lifecycle.Concerns.Update(event.UpdateEvent{ObjectOld: c.old, ObjectNew: c.new}); got != c.want {
				t.Errorf("%s: got %v", c.reason, got)
			}
		})
	}
}

func TestWhatConcernsTheNumbersOfAnAccount(t *testing.T) {
	says := func(reason, message string) func(*v1alpha1.TwilioAccount) {
		return func(a *v1alpha1.TwilioAccount) {
			meta.SetStatusCondition(&a.Status.Conditions, metav1.Condition{Type: v1alpha1.ConditionReady, Status: "False", Reason: reason, Message: message})
		}
	}
	cases := map[string]struct {
		reason string
		change func(*v1alpha1.TwilioAccount)
		want   bool
	}{
		"list of numbers": {reason: "the numbers themselves make it change", change: func(a *v1alpha1.TwilioAccount) { a.Status.PhoneNumbers = &v1alpha1.Users{Count: new(int32(3))} }},
		"condition":       {reason: "it may be used now, or no longer", change: says(v1alpha1.ReasonUnreachable, "x"), want: true},
		"message":         {reason: "numbers repeat what it says", change: says(v1alpha1.ReasonVerified, "x"), want: true},
		"Secret kept":     {reason: "numbers wait for that", change: func(a *v1alpha1.TwilioAccount) { a.Status.SecretName = "" }, want: true},
		"kept":            {reason: "numbers wait for that", change: func(a *v1alpha1.TwilioAccount) { a.Finalizers = nil }, want: true},
		"deleted":         {reason: "nothing new is made with it", change: func(a *v1alpha1.TwilioAccount) { a.DeletionTimestamp = new(metav1.NewTime(instant)) }, want: true},
		"generation":      {reason: "where it leads to may differ", change: func(a *v1alpha1.TwilioAccount) { a.Generation++ }, want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			changed := newAccount()
			c.change(changed)
			if got := lifecycle.UsabilityChanged.Update(event.UpdateEvent{ObjectOld: newAccount(), ObjectNew: changed}); got != c.want {
				t.Errorf("%s: got %v", c.reason, got)
			}
		})
	}
}

func TestOnlyDeletes(t *testing.T) {
	got := []bool{
		onlyDeletes.Create(event.CreateEvent{}), onlyDeletes.Update(event.UpdateEvent{}),
		onlyDeletes.Generic(event.GenericEvent{}), onlyDeletes.Delete(event.DeleteEvent{}),
	}
	if want := []bool{false, false, false, true}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v: a number that came, or changed, makes no other one free", got, want)
	}
}

// TestWhoIsWoken lists the numbers that something is news for.
func TestWhoIsWoken(t *testing.T) {
	w := newWorld(t)
	for _, number := range []*v1alpha1.PhoneNumber{
		newNumber(func(n *v1alpha1.PhoneNumber) { n.Name = "same-number-elsewhere"; n.Namespace = "sales" }),
		newNumber(func(n *v1alpha1.PhoneNumber) {
			n.Name, n.Spec.Number, n.Spec.AgentRef, n.Spec.CarrierRef.Name = "other", "+15550101", nil, "other"
		}),
	} {
		if err := w.api.Create(t.Context(), number); err != nil {
			t.Fatal(err)
		}
	}
	cases := map[string]struct {
		reason string
		got    []reconcile.Request
		want   []string
	}{
		"number":         {reason: "whoever wants the same number, in all namespaces", got: w.sameNumber(t.Context(), newNumber()), want: []string{"sales/same-number-elsewhere", "support/line"}},
		"account":        {reason: "its numbers", got: w.usersOfConnection(t.Context(), newAccount()), want: []string{"support/line"}},
		"project":        {reason: "its numbers", got: w.usersOfConnection(t.Context(), newProject()), want: []string{"support/line", "support/other"}},
		"agent":          {reason: "its numbers", got: w.usersOfAgent(t.Context(), newAgent()), want: []string{"support/line"}},
		"account Secret": {reason: "nobody who has not failed for want of it", got: w.usersOfSecret(t.Context(), newSecret("twilio-key"))},
		"no cache":       {reason: "nobody; the next event does", got: lifecycle.Requests([]v1alpha1.PhoneNumber{{}}, errors.New("not started"))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, request := range c.got {
				got = append(got, request.String())
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestWhomASecretWakes tries again at once what may have failed for want of it.
func TestWhomASecretWakes(t *testing.T) {
	fails := func(n *v1alpha1.PhoneNumber) { n.Status.Problem = v1alpha1.ClassAuthenticationFailed }
	answers := func(n *v1alpha1.PhoneNumber) {
		rule := v1alpha1.ExternalResource{Connection: v1alpha1.Connection{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}}
		n.Status.ExternalResources = []v1alpha1.ExternalResource{rule}
	}
	cases := map[string]struct {
		reason  string
		changes []change
		secret  string
		want    int
	}{
		"failing":        {reason: "its credentials may be good now", changes: []change{fails}, secret: "twilio-key", want: 1},
		"deleting":       {reason: "its cleanup may be waiting for them", changes: []change{heldByOthers, answers, deleted}, secret: "livekit-key", want: 1},
		"content":        {reason: "a Secret that is synchronised every hour costs no look at the providers", secret: "twilio-key"},
		"another Secret": {reason: "nobody signs in with it", changes: []change{fails}, secret: "other"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.changes...)
			if got := w.usersOfSecret(t.Context(), newSecret(c.secret)); len(got) != c.want {
				t.Errorf("%s: woken are %v, want %d", c.reason, got, c.want)
			}
		})
	}
}
