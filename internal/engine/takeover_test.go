package engine_test

import (
	"strings"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

// theirs is a trunk of people.
const theirs = "TK-theirs"

// taken is a desk with a number that was taken from a trunk of people.
func taken(t *testing.T) *desk {
	t.Helper()
	d := newDesk(t)
	d.cloud.Add(fake.Resource{Account: carrier, Kind: "Trunk", ID: theirs, Name: "reception"})
	d.cloud.Add(fake.Resource{Account: carrier, Kind: "Attachment", ID: "PN", ParentID: theirs})
	if err := d.provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.record(v1alpha1.OriginTakenOver)
	d.cloud.Forget()
	return d
}

// record writes down what the number was taken from, and how it came to be ours.
func (d *desk) record(origin v1alpha1.Origin) {
	entry, _ := ledger.Find(d.written, external.SlotAttachment)
	entry.Origin, entry.Previous = origin, theirs
	d.put(entry)
}

// on is the trunk that the number is on.
func on(cloud *fake.Provider) string {
	var trunks []string
	for _, tie := range cloud.All("Attachment") {
		trunks = append(trunks, tie.ParentID)
	}
	return strings.Join(trunks, " and ")
}

func TestTakenFromWhatWasSeen(t *testing.T) {
	d := taken(t)
	if got := on(d.cloud); got != "Trunk-1" {
		t.Errorf("the number is on %s, want it on ours: it was seen on %s and taken from there", got, theirs)
	}
}

func TestGivenBack(t *testing.T) {
	cases := map[string]struct {
		reason  string
		origin  v1alpha1.Origin
		release bool
		happens func(*testing.T, *desk)
		on      string
		note    string
	}{
		"taken over": {reason: "it goes back", origin: v1alpha1.OriginTakenOver, on: theirs},
		"moved":      {reason: "what came from another trunk of ours is not given back there", origin: v1alpha1.OriginCreated},
		"released":   {reason: "what the carrier gets serves nobody before", origin: v1alpha1.OriginTakenOver, release: true},
		"nowhere to go": {
			reason: "the number is free, and somebody is told", origin: v1alpha1.OriginTakenOver,
			happens: func(t *testing.T, d *desk) { t.Helper(); d.deleteByHand(t, "Trunk", theirs) }, note: "PN is left untied: " + theirs + " is gone",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := taken(t)
			d.record(c.origin)
			if c.happens != nil {
				c.happens(t, d)
			}
			tear := demolition(d.cloud, d.written, d.now)
			tear.Release = c.release
			outcomes := tear.Run(t.Context())
			if got := on(d.cloud); got != c.on || len(remaining(outcomes)) > 0 {
				t.Errorf("the number is on %q, and %q are left, want it on %q and nothing left: %s", got, slots(remaining(outcomes)), c.on, c.reason)
			}
			if got := outcomeOf(t, outcomes, external.SlotAttachment).Note; got != c.note {
				t.Errorf("the note is %q, want %q: %s", got, c.note, c.reason)
			}
		})
	}
}

// TestTakenOverStaysOnRecord does not forget where a number was while our trunk is
// there: somebody who was held up may yet put it there.
func TestTakenOverStaysOnRecord(t *testing.T) {
	d := taken(t)
	d.cloud.Fail(fake.Fault{Operation: fake.Delete, Kind: "Trunk", Err: refusal(external.Throttled)})
	d.teardown(t.Context())
	if _, recorded := ledger.Find(d.written, external.SlotAttachment); !recorded || on(d.cloud) != theirs {
		t.Errorf("the number is on %s, and the ledger has %q", on(d.cloud), slots(d.written))
	}
	late, _ := d.cloud.Session(carrier).Driver("Attachment")
	call := external.Call{ParentID: "Trunk-1", Inputs: map[string]string{"number": "PN"}, Previous: theirs}
	if _, err := late.Create(t.Context(), call); err != nil {
		t.Fatal(err)
	}
	d.restart(0)
	d.teardown(t.Context())
	if got := on(d.cloud); got != theirs || len(d.written) > 0 {
		t.Errorf("the number is on %s, and the ledger has %q, want it back", got, slots(d.written))
	}
}
