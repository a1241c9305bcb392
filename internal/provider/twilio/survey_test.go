package twilio

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

// TestSurvey shows numbers, trunks and lists with what they belong to, whoever made them,
// in reads alone.
func TestSurvey(t *testing.T) {
	w := newWorld(t)
	trunk := w.sim.AddTrunk(w.account.SID, "reception", "reception.pstn.twilio.com")
	application := w.sim.AddApplication(w.account.SID, "menu")
	on := w.sim.AddNumber(w.account.SID, "+14155550101", twiliosim.NumberOptions{TrunkSID: trunk, FriendlyName: "front desk"})
	served := w.sim.AddNumber(w.account.SID, "+14155550102", twiliosim.NumberOptions{VoiceApplicationSID: application, FriendlyName: "menu"})
	list := must[external.Observation](t)(w.driver(KindCredentialList).Create(t.Context(), external.Call{Marker: "cp-a", Spec: CredentialListSpec{}}))
	unused := must[external.Observation](t)(w.driver(KindCredentialList).Create(t.Context(), external.Call{Marker: "cp-b", Spec: CredentialListSpec{}}))
	link := external.Call{ParentID: trunk, Inputs: map[string]string{InputListSID: list.ID}}
	must[external.Observation](t)(w.driver(KindTrunkCredentialList).Create(t.Context(), link))

	changes := len(w.sim.Mutations())
	got, err := w.session().Survey(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]external.Holding{
		on:        {Slot: external.SlotNumber, ID: on, Name: "front desk", Numbers: []string{"+14155550101"}, Ties: []string{trunk}},
		served:    {Slot: external.SlotNumber, ID: served, Name: "menu", Numbers: []string{"+14155550102"}, Ties: []string{application}},
		trunk:     {Slot: external.SlotTrunk, ID: trunk, Name: "reception", Host: "reception.pstn.twilio.com"},
		list.ID:   {Slot: external.SlotCredentialList, ID: list.ID, Name: "cp-a", Ties: []string{trunk}},
		unused.ID: {Slot: external.SlotCredentialList, ID: unused.ID, Name: "cp-b"},
	}
	found := map[string]external.Holding{}
	for _, holding := range got {
		if len(holding.Ties) == 0 {
			holding.Ties = nil
		}
		found[holding.ID] = holding
	}
	if diff := cmp.Diff(want, found); diff != "" {
		t.Errorf("what is there (-want +got):\n%s", diff)
	}
	if made := len(w.sim.Mutations()) - changes; made > 0 {
		t.Errorf("%d changes were made", made)
	}
}

// TestSurveyIsCompleteOrFails fails with any of its lists.
func TestSurveyIsCompleteOrFails(t *testing.T) {
	for _, operation := range []string{"number.list", "trunk.list", "credentiallist.list", "ipaccesscontrollist.list"} {
		t.Run(operation, func(t *testing.T) {
			w := newWorld(t)
			w.sim.AddTrunk(w.account.SID, "reception", "reception.pstn.twilio.com")
			w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: operation}, Action: twiliosim.Fail(500, 20500), Count: twiliosim.Forever})
			if got, err := w.session().Survey(t.Context()); err == nil {
				t.Errorf("it shows %v", got)
			}
		})
	}
}
