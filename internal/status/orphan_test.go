package status

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
)

func TestUnfinished(t *testing.T) {
	entry := v1alpha1.ExternalResource{Slot: "trunk", Provider: "twilio", Kind: "Trunk", ID: "TK1", Origin: v1alpha1.OriginCreated}
	number := v1alpha1.ExternalResource{Slot: "number", Provider: "twilio", Kind: "PhoneNumber", ID: "PN1", Origin: v1alpha1.OriginAdopted}
	refused := &external.Error{Class: external.AuthenticationFailed, Message: "Twilio refused the credentials"}
	away := &external.Error{Class: external.ProviderUnavailable, Message: "Twilio is away"}
	const left = " Left: twilio Trunk TK1. See " + cleanupGuide + "#twilio-trunk"
	cases := map[string]struct {
		why                   string
		err                   error
		kind, reason, message string
	}{
		"Lasting": {
			why: "A person must act.", err: refused,
			kind: "Stalled", reason: "AuthenticationFailed", message: "Failed to cleanup external resources. Twilio refused the credentials." + left,
		},
		"Passing": {
			why: "It may go well by itself.", err: away,
			kind: "Reconciling", reason: "ProviderUnavailable", message: "Failed to cleanup external resources. Twilio is away." + left,
		},
		"Queued": {
			why: "Nobody was asked.", err: &external.Error{Class: external.Throttled, OwnLimit: true, Message: "no turn"},
			kind: "Reconciling", reason: v1alpha1.ReasonRetrying, message: queueing,
		},
		"Waiting": {why: "A list may lag.", kind: "Reconciling", reason: v1alpha1.ReasonVerifying, message: waitingForLists},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			record := &v1alpha1.OrphanRecord{ObjectMeta: metav1.ObjectMeta{Generation: 3}}
			Refused(record, instant, "It is not to be.")
			Unfinished(record, Attempt{Outcomes: []engine.Outcome{{Entry: number}, {Entry: entry, Err: tc.err}}, Now: instant})
			want := []metav1.Condition{{
				Type: tc.kind, Status: metav1.ConditionTrue, Reason: tc.reason, Message: tc.message, ObservedGeneration: 3, LastTransitionTime: instant,
			}}
			if diff := cmp.Diff(want, record.Status.Conditions); diff != "" {
				t.Errorf("%s -want +got:\n%s", tc.why, diff)
			}
		})
	}
}

func TestRefused(t *testing.T) {
	record := &v1alpha1.OrphanRecord{}
	Unfinished(record, Attempt{Now: instant})
	Refused(record, instant, "It is not to be.")
	want := []metav1.Condition{{
		Type: "Stalled", Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonDeleteExternalRefused, Message: "It is not to be.", LastTransitionTime: instant,
	}}
	if diff := cmp.Diff(want, record.Status.Conditions); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestSwept(t *testing.T) {
	record := &v1alpha1.OrphanRecord{ObjectMeta: metav1.ObjectMeta{Namespace: "callplane-system", Name: "0f8fad5b"}}
	found := []v1alpha1.ExternalResource{{Provider: "twilio", Kind: "Trunk", ID: "TK1"}, {Provider: "twilio", Kind: "CredentialList", ID: "CL1"}}
	want := "Found in AC1, with no owner: twilio Trunk TK1, twilio CredentialList CL1. They bear the name of an object that does not exist. The OrphanRecord 0f8fad5b in the namespace callplane-system lists them."
	if got := Swept(record, "AC1", found); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	record.Spec.Owner = v1alpha1.OrphanOwner{Namespace: "support", Name: "line"}
	want = "Found in AC1, with no owner: twilio Trunk TK1, twilio Trunk TK1, twilio Trunk TK1, twilio Trunk TK1, twilio Trunk TK1, and 1 more, see the record. They bear the name of the PhoneNumber support/line, which has others in their place. The OrphanRecord 0f8fad5b in the namespace callplane-system lists them."
	trunk := found[0]
	if got := Swept(record, "AC1", []v1alpha1.ExternalResource{trunk, trunk, trunk, trunk, trunk, trunk}); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
