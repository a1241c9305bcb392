package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

type twilioNumber = twiliosim.Number

// TestComesUp shows that a number is set up at both ends, that the real LiveKit
// routes its calls to the agent, and that looking again changes nothing.
func TestComesUp(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")

	wantNames(t, w, number)
	got := holdings(t, w)
	if diff := cmp.Diff([]int{1, 1, 1}, []int{got.OriginationURLs, got.Credentials, got.Addresses}); diff != "" {
		t.Errorf("origination URLs, credentials, addresses (-want +got):\n%s", diff)
	}
	if trunks := w.Twilio.Trunks(w.Account.SID); numberOnTrunk(t, w) != trunks[0].SID {
		t.Errorf("the number is on trunk %q, want %q", numberOnTrunk(t, w), trunks[0].SID)
	}
	wantRoute(t, w, number)
	wantNoChange(t, w, number)
}

// wantNames sees that everything that has a name bears the marker of the number.
func wantNames(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	got := holdings(t, w)
	for _, names := range [][]string{got.Trunks, got.CredentialLists, got.AccessLists, got.InboundTrunks, got.Rules, got.OutboundTrunks} {
		if len(names) != 1 || !strings.Contains(names[0], string(number.UID)) || len(names[0]) > 64 {
			t.Errorf("names %q: want one that bears the owner marker with the UID %s", names, number.UID)
		}
	}
}

func wantRoute(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	ids := map[string]string{}
	for _, entry := range number.Status.ExternalResources {
		ids[entry.Slot] = entry.ID
	}
	got := route(t, w)
	got.RoomName = ""
	want := livekit.Route{
		TrunkID: ids["inbound"], RuleID: ids["rule"], Result: livekit.Accept,
		Agents: []livekit.Agent{{Name: "support-agent", Metadata: "en"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("route of a call (-want +got):\n%s", diff)
	}
}

// wantNoChange asks for another look and sees that nothing is written by it.
func wantNoChange(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	before, calls := mutations(w), len(w.Proxy.Calls())
	patch := client.MergeFrom(number.DeepCopy())
	number.Annotations = map[string]string{v1alpha1.AnnotationRetryRequestedAt: "now"}
	if err := w.Client.Patch(t.Context(), number, patch); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another look at the providers", func(context.Context) string {
		// A list each for the inbound trunk, the rule and the outbound trunk.
		if len(w.Proxy.Calls()) < calls+3 {
			return "LiveKit was not asked yet"
		}
		return ""
	})
	time.Sleep(300 * time.Millisecond) // Nothing is to come: there is no condition to await.
	if after := mutations(w); after != before {
		t.Errorf("looking again changed the providers: %s, before %s", after, before)
	}
	// That somebody asked is written down, and nothing else.
	want, after := number.Status, get(t, w, number.Name)
	want.LastHandledRetryAt = "now"
	if diff := cmp.Diff(want, after.Status); diff != "" {
		t.Errorf("looking again wrote the status, -want +got:\n%s", diff)
	}
}

// TestTeardown shows what deleting a number does under each policy.
func TestTeardown(t *testing.T) {
	cases := map[string]struct {
		reason string
		policy v1alpha1.DeletionPolicy
		want   func(*testing.T, *world.World, Holdings)
	}{
		"Teardown": {
			reason: "The configuration goes and the number stays in the account, free.",
			policy: v1alpha1.DeletionPolicyTeardown,
			want: func(t *testing.T, w *world.World, _ Holdings) {
				wantHoldings(t, w, nothing)
				if trunk := numberOnTrunk(t, w); trunk != "" {
					t.Errorf("the number is still on trunk %s", trunk)
				}
				wantDropped(t, w)
				wantUnlinkedFirst(t, w)
			},
		},
		"Release": {
			reason: "The number is given back, after everything else.",
			policy: v1alpha1.DeletionPolicyRelease,
			want: func(t *testing.T, w *world.World, _ Holdings) {
				wantHoldings(t, w, nothing)
				if numbers := w.Twilio.Numbers(w.Account.SID); len(numbers) != 0 {
					t.Errorf("the account still has %v", numbers)
				}
				wantDropped(t, w)
				wantReleasedLast(t, w)
			},
		},
		"Retain": {
			reason: "Nothing is touched, and an OrphanRecord says what stays.",
			policy: v1alpha1.DeletionPolicyRetain,
			want: func(t *testing.T, w *world.World, before Holdings) {
				wantHoldings(t, w, before)
				if got := route(t, w); got.Result != livekit.Accept {
					t.Errorf("calls are no longer answered: %+v", got)
				}
			},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound, world.Policy(tc.policy)))
			number := awaitActive(t, w, "support-line")
			quiet(t, w)
			before := holdings(t, w)
			w.Twilio.ResetLog()
			remove(t, w, number)
			awaitGone(t, w, number.DeepCopy())
			tc.want(t, w, before)
			if tc.policy == v1alpha1.DeletionPolicyRetain {
				wantOrphanRecord(t, w, number, v1alpha1.ReasonRetained)
			}
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

func wantDropped(t *testing.T, w *world.World) {
	t.Helper()
	if got := route(t, w); got.Result != livekit.Drop {
		t.Errorf("a call to the deleted number is routed: %+v", got)
	}
}

// wantUnlinkedFirst sees that new calls had stopped being dispatched, and that a
// read had shown it, before the carrier was called.
func wantUnlinkedFirst(t *testing.T, w *world.World) {
	t.Helper()
	var deleted, seen time.Time
	for _, call := range w.Proxy.Calls() {
		switch call.Method {
		case "DeleteSIPDispatchRule":
			deleted = call.Time
		case "ListSIPDispatchRule":
			seen = call.Time
		}
	}
	if deleted.IsZero() || !seen.After(deleted) {
		t.Fatalf("the rule was deleted at %s and looked for at %s, want both in this order", deleted, seen)
	}
	for _, call := range w.Twilio.Calls() {
		// Credentials are verified with a list of numbers at any time.
		if call.Operation != "number.list" && call.Time.Before(seen) {
			t.Errorf("%s came %s before the agent was seen to be unlinked", call.Operation, seen.Sub(call.Time))
		}
	}
}

func wantReleasedLast(t *testing.T, w *world.World) {
	t.Helper()
	changes := w.Twilio.Mutations()
	if last := changes[len(changes)-1]; last.Operation != "number.release" {
		t.Errorf("the last change at Twilio is %s, want number.release", last.Operation)
	}
}

func wantOrphanRecord(t *testing.T, w *world.World, owner v1alpha1.Owner, reason string) {
	t.Helper()
	var record v1alpha1.OrphanRecord
	key := client.ObjectKey{Namespace: world.ManagerNamespace, Name: string(owner.GetUID())}
	if err := w.Client.Get(t.Context(), key, &record); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(owner.Lifecycle().ExternalResources, record.Status.Resources); diff != "" {
		t.Errorf("what the record lists (-want +got):\n%s", diff)
	}
	if record.Spec.Reason != reason || record.Status.State != v1alpha1.OrphanOpen {
		t.Errorf("the record is %s/%s, want %s/Open", record.Spec.Reason, record.Status.State, reason)
	}
}
