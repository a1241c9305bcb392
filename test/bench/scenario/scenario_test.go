package scenario

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bench/sample"
	"github.com/callplane/callplane/test/bench/standin"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestSplit(t *testing.T) {
	calls := []standin.Call{
		{Operation: "twilio number.fetch"}, {Operation: "twilio trunk.fetch"}, {Operation: "twilio credential.fetch"},
		{Operation: "livekit ListSIPInboundTrunk"}, {Operation: "livekit ListSIPOutboundTrunk"},
	}
	each, once := split(calls, true)
	if diff := cmp.Diff(map[string]int{"twilio number.fetch": 1, "livekit ListSIPInboundTrunk": 1}, each); diff != "" {
		t.Errorf("what a number needs is its own:\n%s", diff)
	}
	if total(once) != 3 {
		t.Errorf("what a shared trunk looks at is not a number's: %v", once)
	}
	if each, once = split(calls, false); total(each) != len(calls) || total(once) != 0 {
		t.Errorf("a trunk that is not shared is the number's own: %v", once)
	}
}

func TestTotal(t *testing.T) {
	counts := map[string]int{"phonenumbers": 2, "phonenumbers 409": 1, "siptrunks/status": 5}
	if got := total(counts, "phonenumbers"); got != 3 {
		t.Errorf("a refused write is a write: %d", got)
	}
	if got := total(counts); got != 8 {
		t.Errorf("without names all are counted: %d", got)
	}
}

func TestSpan(t *testing.T) {
	first, last := span([]standin.Call{
		{Arrived: noon.Add(time.Second), Answered: noon.Add(9 * time.Second)}, {Arrived: noon, Answered: noon.Add(2 * time.Second)},
	})
	if !first.Equal(noon) || !last.Equal(noon.Add(9*time.Second)) {
		t.Errorf("from the first call to the last answer, whichever order they are in: %s to %s", first, last)
	}
}

func TestInsideRetryAfter(t *testing.T) {
	refused := standin.Call{Account: "a", Status: http.StatusTooManyRequests, Arrived: noon, Answered: noon}
	after := func(account string, wait time.Duration) standin.Call {
		return standin.Call{Account: account, Status: http.StatusOK, Arrived: noon.Add(wait), Answered: noon.Add(wait)}
	}
	cases := map[string]struct {
		reason string
		call   standin.Call
		want   int
	}{
		"Inside":   {"It was told to wait.", after("a", time.Second), 1},
		"After":    {"The wait is over.", after("a", standin.RetryAfter+time.Second), 0},
		"UnderWay": {"It had been sent before the answer came.", after("a", 10*time.Millisecond), 0},
		"Other":    {"Another account was told nothing.", after("b", time.Second), 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := insideRetryAfter([]standin.Call{refused, tc.call}, "a"); got != tc.want {
				t.Errorf("%s Got %d.", tc.reason, got)
			}
		})
	}
}

func TestAboutDying(t *testing.T) {
	mine, others := aboutDying([]standin.Call{{Subject: "PN1"}, {Subject: "PN2"}, {}}, map[string]string{"PN1": "number-00001"})
	if len(mine) != 1 || len(others) != 2 {
		t.Errorf("a call is about a deleted number only if it names what that has: %v, %v", mine, others)
	}
}

func TestMedians(t *testing.T) {
	points := []sample.Point{{X: 2, Y: 9}, {X: 1, Y: 1}, {X: 1, Y: 3}}
	if diff := cmp.Diff([]sample.Point{{X: 1, Y: 2}, {X: 2, Y: 9}}, medians(points)); diff != "" {
		t.Errorf("a curve has one point for each size, in order:\n%s", diff)
	}
}

func TestAllMetrics(t *testing.T) {
	named := map[string]bool{}
	for _, s := range All {
		for _, metric := range s.Metrics {
			named[metric] = true
		}
	}
	for _, metric := range []string{"P1", "P2", "P3", "P4", "P5", "P6", "P7", "P8", "curve"} {
		if !named[metric] {
			t.Errorf("no scenario yields %s", metric)
		}
	}
}
