package standin

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bench/wire"
	"github.com/callplane/callplane/test/twiliosim"
)

// TestLifecycle has the rivals' client set a number up at both providers and tear it
// down: what it asks for is what the simulators understand.
func TestLifecycle(t *testing.T) {
	twilio, twilioControls := NewTwilio(t.Logf)
	liveKit, liveKitControls := NewLiveKit()
	var account twiliosim.Account
	if err := twilioControls.AddAccount(None{}, &account); err != nil {
		t.Fatal(err)
	}
	var sids []string
	if err := twilioControls.AddNumbers(Numbers{Account: account.SID, Numbers: []string{"+14155550100"}}, &sids); err != nil {
		t.Fatal(err)
	}
	trunk := twilioControls.simulator.AddTrunk(account.SID, "main", "")
	c := wire.New(wire.Job{
		TwilioURL: serve(t, twilio), LiveKitURL: serve(t, liveKit), Account: account.SID, Token: account.AuthToken,
		Bearer: bearer(t), Concurrent: 1, PerMinute: 60_000, Burst: 100,
	})

	sid, err := c.FindNumber(t.Context(), "+14155550100")
	must(t, err)
	must(t, c.Attach(t.Context(), trunk, sid))
	inbound, err := c.CreateInboundTrunk(t.Context(), "line", "+14155550100")
	must(t, err)
	dispatch, err := c.CreateDispatchRule(t.Context(), "line", inbound)
	must(t, err)
	wantHeld(t, c, sid, inbound, dispatch, true)

	must(t, c.DeleteDispatchRule(t.Context(), dispatch))
	must(t, c.DeleteInboundTrunk(t.Context(), inbound))
	must(t, c.Detach(t.Context(), trunk, sid))
	wantHeld(t, c, sid, inbound, dispatch, false)

	wantCounts(t, twilioControls, liveKitControls)
	var calls []Call
	must(t, liveKitControls.Calls(None{}, &calls))
	var subjects []string
	for _, call := range calls {
		subjects = append(subjects, call.Subject)
	}
	want := []string{"", inbound, inbound, dispatch, dispatch, inbound, inbound, dispatch}
	if diff := cmp.Diff(want, subjects); diff != "" {
		t.Errorf("the log says which object each request is about:\n%s", diff)
	}
}

// wantCounts compares the counts with the logs.
func wantCounts(t *testing.T, controls ...interface {
	Count(none None, count *int) error
	Calls(none None, calls *[]Call) error
}) {
	t.Helper()
	for _, provider := range controls {
		var count int
		var calls []Call
		must(t, errors.Join(provider.Count(None{}, &count), provider.Calls(None{}, &calls)))
		if count == 0 || count != len(calls) {
			t.Errorf("%T counts %d of %d calls", provider, count, len(calls))
		}
	}
}

// wantHeld looks at the three resources of a number.
func wantHeld(t *testing.T, c *wire.Client, sid, inbound, dispatch string, want bool) {
	t.Helper()
	onTrunk, err := c.TrunkOf(t.Context(), sid)
	must(t, err)
	hasTrunk, err := c.HasInboundTrunk(t.Context(), inbound)
	must(t, err)
	hasRule, err := c.HasDispatchRule(t.Context(), dispatch)
	must(t, err)
	got := []bool{onTrunk != "", hasTrunk, hasRule}
	if diff := cmp.Diff([]bool{want, want, want}, got); diff != "" {
		t.Errorf("place, trunk and rule are there: %v\n%s", want, diff)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func serve(t *testing.T, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func bearer(t *testing.T) string {
	t.Helper()
	token, err := Bearer()
	must(t, err)
	return token
}
