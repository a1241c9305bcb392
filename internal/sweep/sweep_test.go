package sweep

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
)

const (
	installation = "abc234"
	account      = "AC1"
	alive        = "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	dead         = "22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	shared       = "33333333-cccc-4ccc-8ccc-cccccccccccc"
)

func named(uid string, slot external.Slot) string {
	return marker.Owner{Installation: installation, UID: uid, Namespace: "support", Name: "line"}.For(slot)
}

// trunk is an entry as a list or a ledger has it.
func trunk(id, name string) ledger.Entry {
	return ledger.Entry{
		Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: account, ID: id, Name: name,
		Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
	}
}

// sharedTrunk is a live SIPTrunk, which has the UID of no number.
func sharedTrunk(entries ...ledger.Entry) *v1alpha1.SIPTrunk {
	shared := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: "line", UID: shared}}
	shared.Status.ExternalResources = entries
	return shared
}

func inState(state v1alpha1.State, entry ledger.Entry) ledger.Entry {
	entry.State = state
	return entry
}

// line is a live number.
func line(entries ...ledger.Entry) v1alpha1.PhoneNumber {
	number := v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: "line", UID: alive}}
	number.Spec.Number = "+15550100"
	number.Status.ExternalResources = entries
	return number
}

func record(uid types.UID, entries ...ledger.Entry) v1alpha1.OrphanRecord {
	return v1alpha1.OrphanRecord{
		ObjectMeta: metav1.ObjectMeta{Namespace: "callplane-system", Name: string(uid)},
		Spec:       v1alpha1.OrphanRecordSpec{Owner: v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, UID: string(uid)}, Reason: v1alpha1.ReasonSwept},
		Status:     v1alpha1.OrphanRecordStatus{State: v1alpha1.OrphanOpen, Resources: entries},
	}
}

func TestStrays(t *testing.T) {
	inbound := ledger.Entry{Slot: "inbound", Provider: "livekit", Kind: "SIPInboundTrunk", Account: "host", ID: "ST", State: v1alpha1.StateReady}
	elsewhere := trunk("TK", "")
	elsewhere.Account = "AC2"
	cases := map[string]struct {
		reason  string
		listed  string
		numbers []v1alpha1.PhoneNumber
		trunks  []v1alpha1.Owner
		records []v1alpha1.OrphanRecord
		stray   bool
	}{
		"no owner":              {reason: "its object is gone", listed: named(dead, "trunk"), numbers: []v1alpha1.PhoneNumber{line(inbound)}, stray: true},
		"nobody at all":         {reason: "its object is gone", listed: named(dead, "trunk"), stray: true},
		"another installation":  {reason: "its own sweep looks after it", listed: marker.Owner{Installation: "zzzzzz", UID: dead}.For("trunk")},
		"by hand":               {reason: "it is nobody's business", listed: "support line"},
		"no name":               {reason: "it is nobody's business"},
		"in its owner's ledger": {reason: "it is where it belongs", listed: named(alive, "trunk"), numbers: []v1alpha1.PhoneNumber{line(trunk("TK", ""))}},
		"taken over": {
			reason: "it bears the old name for a while, or for good", listed: named(dead, "trunk"), numbers: []v1alpha1.PhoneNumber{line(trunk("TK", named(dead, "trunk")))},
		},
		"the same id elsewhere": {reason: "another account is another thing", listed: named(dead, "trunk"), numbers: []v1alpha1.PhoneNumber{line(elsewhere)}, stray: true},
		"intended": {
			reason: "the answer to its create may be on its way", listed: named(alive, "trunk"),
			numbers: []v1alpha1.PhoneNumber{line(inState(v1alpha1.StatePending, trunk("", named(alive, "trunk"))))},
		},
		"missing": {
			reason: "a list that lagged shows again what was missed", listed: named(alive, "trunk"),
			numbers: []v1alpha1.PhoneNumber{line(inState(v1alpha1.StateMissing, trunk("TK9", named(alive, "trunk"))))},
		},
		"going": {
			reason: "its slot is being emptied", listed: named(alive, "trunk"),
			numbers: []v1alpha1.PhoneNumber{line(inState(v1alpha1.StateDeleting, trunk("TK9", named(alive, "trunk"))))},
		},
		"status lost":    {reason: "the object will look for what it had", listed: named(alive, "trunk"), numbers: []v1alpha1.PhoneNumber{line()}},
		"one too many":   {reason: "a leader that was paused made a second one", listed: named(alive, "trunk"), numbers: []v1alpha1.PhoneNumber{line(trunk("TK9", ""))}, stray: true},
		"out of date":    {reason: "what is to be updated is settled too", listed: named(alive, "trunk"), numbers: []v1alpha1.PhoneNumber{line(inState(v1alpha1.StateOutdated, trunk("TK9", "")))}, stray: true},
		"never intended": {reason: "without an intent nothing explains it", listed: named(alive, "trunk"), numbers: []v1alpha1.PhoneNumber{line(inbound)}, stray: true},
		"on record":      {reason: "it is known", listed: named(dead, "trunk"), records: []v1alpha1.OrphanRecord{record(dead, trunk("TK", ""))}},
		"perhaps on record": {
			reason: "the record does not know its id yet", listed: named(dead, "trunk"),
			records: []v1alpha1.OrphanRecord{record(dead, inState(v1alpha1.StatePending, trunk("", named(dead, "trunk"))))}, stray: true,
		},
		"of a shared trunk": {
			reason: "a trunk is an owner as a number is", listed: named(shared, "trunk"), trunks: []v1alpha1.Owner{sharedTrunk(trunk("TK", ""))},
		},
		"one too many of a shared trunk": {
			reason: "it has another one", listed: named(shared, "trunk"), trunks: []v1alpha1.Owner{sharedTrunk(trunk("TK9", ""))}, stray: true,
		},
		"closed": {reason: "what was not seen before is news", listed: named(dead, "trunk"), records: []v1alpha1.OrphanRecord{record(dead)}, stray: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			listed := trunk("TK", c.listed)
			listed.Slot = ""
			view := View{Installation: installation, Owners: append(owners(c.numbers...), c.trunks...), Records: c.records}
			strays := view.Strays([]ledger.Entry{listed})
			if (len(strays) == 1) != c.stray {
				t.Fatalf("got %v, want a stray: %v: %s", strays, c.stray, c.reason)
			}
			if c.stray && strays[0].Entry.Slot != "trunk" {
				t.Errorf("the slot is %q, want what its name says", strays[0].Entry.Slot)
			}
		})
	}
}

// TestFinds keeps apart what a living object has too many of.
func TestFinds(t *testing.T) {
	creds := trunk("CL", named(dead, "creds"))
	creds.Kind = "CredentialList"
	view := View{Installation: installation, Owners: append(owners(line(trunk("TK9", ""))), sharedTrunk(trunk("TK8", "")))}
	strays := view.Strays([]ledger.Entry{
		trunk("TK", named(dead, "trunk")), trunk("TK2", named(alive, "trunk")), creds, trunk("TK3", named(shared, "trunk")),
	})
	creds.Slot = "creds"
	want := []Find{
		{
			Record: dead, Owner: v1alpha1.OrphanOwner{Kind: "PhoneNumber", UID: dead},
			Entries: []ledger.Entry{trunk("TK", named(dead, "trunk")), creds},
		},
		{
			Record: alive + "-duplicates", Owner: v1alpha1.OrphanOwner{Kind: "PhoneNumber", UID: alive, Namespace: "support", Name: "line", Number: "+15550100"},
			Entries: []ledger.Entry{trunk("TK2", named(alive, "trunk"))},
		},
		{
			Record: shared + "-duplicates", Owner: v1alpha1.OrphanOwner{Kind: "SIPTrunk", UID: shared, Namespace: "support", Name: "line"},
			Entries: []ledger.Entry{trunk("TK3", named(shared, "trunk"))},
		},
	}
	if diff := cmp.Diff(want, Finds(strays)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestInDoubt(t *testing.T) {
	number := ledger.Entry{Slot: "number", Provider: "twilio", Kind: "PhoneNumber", Account: account, ID: "PN", Origin: v1alpha1.OriginAdopted}
	attach := ledger.Entry{Slot: "attach", Provider: "twilio", Kind: "TrunkPhoneNumber", Account: account, ID: "PN", ParentID: "TK", Origin: v1alpha1.OriginCreated}
	inbound := ledger.Entry{Slot: "inbound", Provider: "livekit", Kind: "SIPInboundTrunk", Account: "host", ID: "ST", Origin: v1alpha1.OriginCreated}
	elsewhere := trunk("TK", "")
	elsewhere.Account = "AC2"
	cases := map[string]struct {
		reason   string
		recorded []ledger.Entry
		listed   []ledger.Entry
		want     int
	}{
		"listed":       {reason: "it is there, with what is in it", recorded: []ledger.Entry{number, trunk("TK", ""), attach, inbound}, listed: []ledger.Entry{trunk("TK", "")}},
		"not listed":   {reason: "it may be gone, and what was in it", recorded: []ledger.Entry{number, trunk("TK", ""), attach, inbound}, want: 3},
		"not made yet": {reason: "it may never have been", recorded: []ledger.Entry{trunk("", named(dead, "trunk"))}, listed: []ledger.Entry{trunk("TK", "")}, want: 1},
		"on a shared trunk": {
			reason: "that the trunk is there does not show that the number is on it", recorded: []ledger.Entry{number, attach},
			listed: []ledger.Entry{trunk("TK", "")}, want: 2,
		},
		"only adopted": {reason: "nothing that was made is left", recorded: []ledger.Entry{number}, want: 1},
		"elsewhere":    {reason: "the list says nothing about it", recorded: []ledger.Entry{inbound, elsewhere}},
		"nothing":      {reason: "there is nothing to look for"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := InDoubt(record(dead, c.recorded...), "twilio", account, c.listed); len(got) != c.want {
				t.Errorf("got %v, want %d entries: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestOwner(t *testing.T) {
	adoptedNumber := trunk("PN", "")
	adoptedNumber.Kind, adoptedNumber.Origin = "PhoneNumber", v1alpha1.OriginAdopted
	attach := func(on string) ledger.Entry {
		entry := trunk("PN", "")
		entry.Kind, entry.ParentID = "TrunkPhoneNumber", on
		return entry
	}
	cases := map[string]struct {
		reason string
		record v1alpha1.OrphanRecord
		number v1alpha1.PhoneNumber
		trunk  v1alpha1.Owner
		want   bool
	}{
		"of a shared trunk": {
			reason: "a trunk stands for what it has", record: record(dead, trunk("TK", "")), trunk: sharedTrunk(trunk("TK", "")), want: true,
		},
		"alive":                 {reason: "it is one too many of a number that is there", record: record(alive, trunk("TK2", "")), number: line(trunk("TK", "")), want: true},
		"gone":                  {reason: "nobody stands for it", record: record(dead, trunk("TK", "")), number: line(trunk("TK2", ""))},
		"taken over":            {reason: "the record is not settled yet", record: record(dead, trunk("TK", named(dead, "trunk"))), number: line(trunk("TK", named(dead, "trunk"))), want: true},
		"the number in another": {reason: "a number outlives its objects", record: record(dead, adoptedNumber, attach("TK")), number: line(adoptedNumber, attach("TK2"))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			all := owners(v1alpha1.PhoneNumber{}, c.number)
			if c.trunk != nil {
				all = append(all, c.trunk)
			}
			got, found := Owner(c.record, all)
			if found != c.want || found && got.GetName() != "line" {
				t.Errorf("got %v, %v, want %v: %s", got, found, c.want, c.reason)
			}
		})
	}
}

func TestOwned(t *testing.T) {
	adoptedNumber := trunk("PN", "")
	adoptedNumber.Kind, adoptedNumber.Origin = "PhoneNumber", v1alpha1.OriginAdopted
	view := View{
		Owners:  owners(line(trunk("TK", named(dead, "trunk")), adoptedNumber)),
		Records: []v1alpha1.OrphanRecord{record(dead, adoptedNumber, trunk("TK", ""), trunk("TK2", "")), record(alive, trunk("TK3", ""))},
	}
	if diff := cmp.Diff(map[string][]ledger.Entry{dead: {trunk("TK", "")}}, view.Owned()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestLeaving keeps on record what a number that is forced has recorded already, and has
// in its ledger until it is gone.
func TestLeaving(t *testing.T) {
	forced := line(trunk("TK", named(alive, "trunk")))
	forced.DeletionTimestamp = &metav1.Time{Time: time.Unix(1, 0)}
	view := View{Owners: owners(forced), Records: []v1alpha1.OrphanRecord{record(forced.UID, trunk("TK", ""))}}
	if owned := view.Owned(); len(owned) > 0 {
		t.Errorf("it is owned by whom it outlives: %v", owned)
	}
}

func owners(numbers ...v1alpha1.PhoneNumber) []v1alpha1.Owner {
	var owners []v1alpha1.Owner
	for i := range numbers {
		owners = append(owners, &numbers[i])
	}
	return owners
}
