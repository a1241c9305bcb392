package orphan

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// served is a live number with all that it has at both providers, in its ledger.
func served(w *world) *v1alpha1.PhoneNumber {
	w.leave(alive)
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "line", UID: alive}}
	number.Spec.Number = "+15550100"
	number.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, LastTransitionTime: metav1.NewTime(instant.Add(-time.Hour)),
	}}
	for _, at := range []struct {
		account   string
		resources []*fake.Resource
	}{{accountSID, w.carrier.All("")}, {host, w.platform.All("")}} {
		for _, resource := range at.resources {
			number.Status.ExternalResources = append(number.Status.ExternalResources, ledger.Entry{
				Slot: resource.Kind, Kind: resource.Kind, Account: at.account, ID: resource.ID, ParentID: resource.ParentID,
				Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
			})
		}
	}
	settled := number.Status
	if err := w.api.Create(w.t.Context(), number); err != nil {
		w.t.Fatal(err)
	}
	number.Status = settled
	if err := w.api.Status().Update(w.t.Context(), number); err != nil {
		w.t.Fatal(err)
	}
	return number
}

// TestDrift shows that a sweep has a number looked at when something of it is not where it
// was left, reads nothing by itself for that, and writes nothing.
func TestDrift(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*world)
		want   []string
	}{
		"nothing": {reason: "all is as it was left", change: func(*world) {}},
		"a trunk at the carrier": {
			reason: "it was deleted by hand", want: []string{"line"},
			change: func(w *world) { w.carrier.All("Trunk")[0].ID = "TK2" },
		},
		"the number's place": {
			reason: "it was put on another trunk by hand", want: []string{"line"},
			change: func(w *world) { w.carrier.All("Attachment")[0].ParentID = "TK2" },
		},
		"the number": {
			reason: "it was given back by hand", want: []string{"line"},
			change: func(w *world) { w.carrier.All("Number")[0].Account = "another" },
		},
		"a rule at the platform": {
			reason: "it was deleted by hand", want: []string{"line"},
			change: func(w *world) { w.platform.All("Rule")[0].ID = "SDR2" },
		},
		"a link in a trunk": {
			reason: "what is in something else is looked at with it", change: func(w *world) { w.carrier.All("ListLink")[0].ID = "CL2" },
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			number := served(w)
			c.change(w)
			w.sweep()
			if diff := cmp.Diff(c.want, w.suspects, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s: to be looked at, -want +got:\n%s", c.reason, diff)
			}
			for _, call := range append(w.carrier.Log(), w.platform.Log()...) {
				if call.Operation != fake.List && call.Operation != fake.Connect && name != "a trunk at the carrier" && name != "a rule at the platform" {
					t.Errorf("%s: %s, want lists alone", c.reason, call)
				}
			}
			version := number.ResourceVersion
			if err := w.api.Get(t.Context(), client.ObjectKeyFromObject(number), number); err != nil {
				t.Fatal(err)
			}
			if number.ResourceVersion != version {
				t.Error("a sweep wrote the number")
			}
		})
	}
}

// TestChangedByHand has a number looked at when one of its rules changes by itself, and not
// because nobody knows how it was before.
func TestChangedByHand(t *testing.T) {
	w := newWorld(t)
	served(w)
	sweeper := &Sweeper[*v1alpha1.LiveKitProject]{Keeper: w.keeper(), Cached: w.cached, Interval: time.Minute, Suspect: w.suspect}
	for _, step := range []struct {
		reason string
		change func()
		want   []string
	}{
		{reason: "nobody knows how it was before", change: func() {}},
		{reason: "it is as before", change: func() {}},
		{reason: "somebody changed it", change: func() { w.platform.All("Rule")[0].Spec = "another agent" }, want: []string{"line"}},
		{reason: "whether it was mended is not known yet", change: func() {}},
		{reason: "it is as before", change: func() {}},
	} {
		step.change()
		w.suspects = nil
		project := newProject()
		if err := w.api.Get(t.Context(), client.ObjectKeyFromObject(project), project); err != nil {
			t.Fatal(err)
		}
		if _, err := sweeper.Reconcile(w.context(), project); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, w.suspects, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s, -want +got:\n%s", step.reason, diff)
		}
	}
}

// TestDriftIsWholeOrNone suspects nobody for what a list that failed did not show.
func TestDriftIsWholeOrNone(t *testing.T) {
	for _, kind := range []string{"Number", "Trunk", "Attachment"} {
		w := newWorld(t)
		served(w)
		w.carrier.All("Trunk")[0].ID = "TK2"
		w.carrier.Fail(fake.Fault{Operation: fake.List, Kind: kind, Err: &external.Error{Class: external.Throttled, Message: "too many"}})
		w.sweep()
		if len(w.suspects) > 0 {
			t.Errorf("%q are suspected, want nobody without the list of the kind %s", w.suspects, kind)
		}
	}
}
