package engine_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/fake"
)

func TestRelease(t *testing.T) {
	cases := map[string]struct {
		reason  string
		release bool
		fault   *fake.Fault
		last    string
		numbers int
		ledger  string
	}{
		"let go":     {reason: "a number that was there before stays, without a call", last: "observe Inbound Inbound-5", numbers: 1},
		"given back": {reason: "it goes last", release: true, last: "observe Number PN"},
		"not all gone": {
			reason: "while anything is left it is not given back", release: true, numbers: 1,
			fault: &fake.Fault{Operation: fake.Delete, Kind: "Inbound", Err: refusal(external.Throttled)},
			last:  "delete Inbound Inbound-5", ledger: "number inbound",
		},
		"refused": {
			reason: "then it is left, and said so", release: true, numbers: 1,
			fault: &fake.Fault{Operation: fake.Delete, Kind: "Number", Err: refusal(external.PermissionDenied)},
			last:  "delete Number PN", ledger: "number",
		},
		"in use": {
			reason: "a number that serves something else is not given back", release: true, numbers: 1,
			fault: &fake.Fault{Operation: fake.Delete, Kind: "Number", Err: refusal(external.NumberInUse)},
			last:  "delete Number PN",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			if c.fault != nil {
				d.cloud.Fail(*c.fault)
			}
			tear := demolition(d.cloud, d.written, d.now)
			tear.Release = c.release
			outcomes := tear.Run(t.Context())
			calls := words(d.cloud.Log())
			if got := calls[len(calls)-1]; got != c.last {
				t.Errorf("the last call is %q, want %q: %s", got, c.last, c.reason)
			}
			if got := len(d.cloud.All("Number")); got != c.numbers {
				t.Errorf("%d numbers are left, want %d: %s", got, c.numbers, c.reason)
			}
			if diff := cmp.Diff(c.ledger, slots(remaining(outcomes))); diff != "" {
				t.Errorf("%s, ledger -want +got:\n%s", c.reason, diff)
			}
			if note := outcomeOf(t, outcomes, external.SlotNumber).Note; (note != "") != (name == "in use") {
				t.Errorf("the note is %q: %s", note, c.reason)
			}
		})
	}
}

// TestReleaseIsTriedAgain gives back what alone is left of an earlier attempt.
func TestReleaseIsTriedAgain(t *testing.T) {
	d := established(t)
	d.cloud.Fail(fake.Fault{Operation: fake.Delete, Kind: "Number", Err: refusal(external.Throttled)})
	for range 2 {
		tear := demolition(d.cloud, d.written, d.now)
		tear.Release = true
		d.write(remaining(tear.Run(t.Context())))
		d.restart(0)
	}
	if got := len(d.cloud.All("Number")); got > 0 || len(d.written) > 0 {
		t.Errorf("%d numbers and the ledger %q are left, want nothing", got, slots(d.written))
	}
}
