package phonenumber

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

const foreign = "example.com/other"

func heldByOthers(n *v1alpha1.PhoneNumber) { controllerutil.AddFinalizer(n, foreign) }

func obeying(policy v1alpha1.DeletionPolicy) change {
	return func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = policy }
}

// TestOneVisitTakesANumberDown reads as a number goes: it shows that it is
// being deleted, the agent is unlinked, and the finalizer goes last.
func TestOneVisitTakesANumberDown(t *testing.T) {
	w := deletedNumber(t)
	result := w.visited()
	want := []string{
		"status PhoneNumber",
		"delete Rule",
		"delete Attachment", "delete ListLink", "delete Credential", "delete List", "delete URL", "delete Trunk",
		"delete Outbound", "delete Inbound",
		"update PhoneNumber",
	}
	got := w.chosen(func(e effect) bool { return e.write || strings.HasPrefix(e.what, "delete") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if first := w.happened()[0]; first != "status PhoneNumber" {
		t.Errorf("it begins with %q, want the status before any call", first)
	}
	w.holds("after one visit", onlyTheNumber)
	if w.number() != nil || result.RequeueAfter != 0 {
		t.Errorf("the object is there, or looked at again after %s", result.RequeueAfter)
	}
	begun := w.versions[len(w.versions)-1]
	deleting := condition(begun, v1alpha1.ConditionDeleting)
	if deleting.Reason != v1alpha1.ReasonUnlinking || condition(begun, v1alpha1.ConditionReady).Reason != v1alpha1.ReasonDeleting || begun.Status.ObservedGeneration != begun.Generation {
		t.Errorf("the status says %+v, want Deleting and Unlinking for this generation", begun.Status.Conditions)
	}
	if begun.Status.Teardown.Policy != v1alpha1.DeletionPolicyTeardown || !begun.Status.Teardown.StartedAt.Equal(&w.versions[len(w.versions)-1].Status.Conditions[0].LastTransitionTime) {
		t.Errorf("the teardown is %+v, want the policy and the time of this visit", begun.Status.Teardown)
	}
	if diff := cmp.Diff([]string{"Normal Deleting: the agent is being unlinked; then everything else is taken down", "Normal Deleted: " + kind.Notes.Deleted}, w.events.lines); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
}

// TestNobodyIsCalled lists the deletions in which nothing is to be taken down,
// or not yet.
func TestNobodyIsCalled(t *testing.T) {
	cases := map[string]struct {
		reason string
		given  func(*testing.T) *world
		// gone says that the object goes; else phase is why it stays.
		gone  bool
		phase string
		// wrote are the writes of two visits.
		wrote []string
	}{
		"not ours": {
			reason: "without our finalizer nothing is ours to do",
			given:  func(t *testing.T) *world { t.Helper(); return newWorld(t, heldByOthers) },
		},
		"never visited": {
			reason: "what was never made needs no credentials",
			given: func(t *testing.T) *world {
				t.Helper()
				return newWorld(t, func(n *v1alpha1.PhoneNumber) { controllerutil.AddFinalizer(n, v1alpha1.FinalizerTeardown) })
			},
			gone: true, wrote: []string{"update PhoneNumber"},
		},
		"only adopted": {
			reason: "a number that was in the account stays there",
			given: func(t *testing.T) *world {
				t.Helper()
				w := established(t)
				w.amend(func(n *v1alpha1.PhoneNumber) { n.Status.ExternalResources = n.Status.ExternalResources[:1] })
				return w
			},
			gone: true, wrote: []string{"update PhoneNumber"},
		},
		"held by others": {
			reason: "the finalizers of others are awaited",
			given:  func(t *testing.T) *world { t.Helper(); return established(t, heldByOthers) },
			phase:  v1alpha1.ReasonBlocked, wrote: []string{"status PhoneNumber"},
		},
		"paused": {
			reason: "the annotation holds the deletion, visibly",
			given:  func(t *testing.T) *world { t.Helper(); w := established(t); w.edit(pausedByHand); return w },
			phase:  v1alpha1.ReasonPaused, wrote: []string{"status PhoneNumber"},
		},
		"paused and held": {
			reason: "paused goes first: only it can be removed by the same person",
			given: func(t *testing.T) *world {
				t.Helper()
				w := established(t, heldByOthers)
				w.edit(pausedByHand)
				return w
			},
			phase: v1alpha1.ReasonPaused, wrote: []string{"status PhoneNumber"},
		},
		"paused, to be retained": {
			reason: "paused goes before the policy, too",
			given: func(t *testing.T) *world {
				t.Helper()
				w := established(t, obeying(v1alpha1.DeletionPolicyRetain))
				w.edit(pausedByHand)
				return w
			},
			phase: v1alpha1.ReasonPaused, wrote: []string{"status PhoneNumber"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := c.given(t)
			w.delete()
			for range 2 {
				if result := w.visited(); result.RequeueAfter != 0 {
					t.Errorf("%s: looked at again after %s, want when something changes", c.reason, result.RequeueAfter)
				}
			}
			if calls := w.calls(); len(calls) > 0 || w.secretReads > 0 {
				t.Errorf("%s: %q and %d Secrets read, want nobody to be called", c.reason, calls, w.secretReads)
			}
			if diff := cmp.Diff(c.wrote, w.writes()); diff != "" {
				t.Errorf("%s: -want +got:\n%s", c.reason, diff)
			}
			number := w.number()
			if c.gone != (number == nil) {
				t.Fatalf("%s: the object is %+v, want it gone: %v", c.reason, number, c.gone)
			}
			if number != nil && condition(number, v1alpha1.ConditionDeleting).Reason != c.phase {
				t.Errorf("%s: got %+v", c.reason, number.Status.Conditions)
			}
		})
	}
}

// TestHeldDeletionGoesOn removes what a deletion waited for.
func TestHeldDeletionGoesOn(t *testing.T) {
	w := established(t, heldByOthers)
	w.edit(pausedByHand)
	w.delete()
	w.visited()
	w.edit(resumed)
	w.visited()
	if got := condition(w.number(), v1alpha1.ConditionDeleting).Reason; got != v1alpha1.ReasonBlocked {
		t.Errorf("Deleting says %s, want Blocked once it is not Paused", got)
	}
	w.edit(func(n *v1alpha1.PhoneNumber) { controllerutil.RemoveFinalizer(n, foreign) })
	w.visited()
	if w.number() != nil {
		t.Error("the object is still there")
	}
	w.holds("in the end", onlyTheNumber)
}

// TestPausedHalfway keeps what is left from being taken down, and what it said.
func TestPausedHalfway(t *testing.T) {
	w := deletedNumber(t)
	w.carrier.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Err: refusal(external.PermissionDenied)})
	w.visited()
	w.carrier.Heal()
	w.edit(pausedByHand)
	w.forget()
	w.visited()
	number := w.number()
	if corrupted := condition(number, v1alpha1.ConditionCorrupted); corrupted.Status != "True" || corrupted.Reason != v1alpha1.ClassPermissionDenied {
		t.Errorf("Corrupted is %+v, want it to stay: something is left", corrupted)
	}
	if got := condition(number, v1alpha1.ConditionDeleting).Reason; got != v1alpha1.ReasonPaused || len(w.calls()) > 0 {
		t.Errorf("Deleting says %s after %q", got, w.calls())
	}
	w.edit(resumed)
	w.settle("after the pause")
	w.holds("after the pause", onlyTheNumber)
}

// TestFinalizerConflict changes the object while it is taken down: the next
// visit finds that all is gone.
func TestFinalizerConflict(t *testing.T) {
	w := deletedNumber(t)
	w.failWrite(2, func(work func() error) error { w.edit(touched); return work() })
	if _, err := w.visit(); err == nil || w.number() == nil {
		t.Fatalf("error %v, want a conflict", err)
	}
	w.events.lines = nil
	w.forget()
	w.visited()
	if got := w.mutations(); w.number() != nil || len(got) > 0 {
		t.Errorf("%q, want only looks, and the object gone", got)
	}
	if diff := cmp.Diff([]string{"Normal Deleted"}, w.events.reasons()); diff != "" {
		t.Errorf("events, -want +got:\n%s", diff)
	}
}

// TestBeginConflict calls nobody before the object says that it is being deleted.
func TestBeginConflict(t *testing.T) {
	w := deletedNumber(t)
	w.failAt("status PhoneNumber", 1, errConflict)
	if _, err := w.visit(); err == nil || len(w.calls()) > 0 {
		t.Errorf("error %v after %q, want the visit to end before any call", err, w.calls())
	}
	w.settle("after a conflict")
	w.holds("after a conflict", onlyTheNumber)
}

// TestLeftAlone says what was left to others.
func TestLeftAlone(t *testing.T) {
	w := deletedNumber(t)
	w.carrier.All("Trunk")[0].UsedBy = "another number"
	w.visited()
	if w.number() != nil {
		t.Errorf("the object is still there: %+v", w.number().Status)
	}
	if got := w.events.reasons(); got[1] != "Warning LeftAlone" {
		t.Errorf("events %q, want that the trunk is left alone", got)
	}
}

// TestUnlinkedFirst lets the whole carrier fail: the agent is unlinked anyway,
// and the ledger keeps only what is left.
func TestUnlinkedFirst(t *testing.T) {
	w := deletedNumber(t)
	w.carrier.Fail(fake.Fault{Err: refusal(external.ProviderUnavailable)})
	w.visited()
	number := w.number()
	for _, slot := range []external.Slot{external.SlotDispatchRule, external.SlotInboundTrunk, external.SlotOutboundTrunk} {
		if _, ok := ledger.Find(number.Status.ExternalResources, slot); ok {
			t.Errorf("%s is still in the ledger", slot)
		}
	}
	if len(w.platform.All("")) > 0 || len(number.Status.ExternalResources) != 7 {
		t.Errorf("left are %v, want everything at the carrier and nothing at the platform", number.Status.ExternalResources)
	}
}
