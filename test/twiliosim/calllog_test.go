package twiliosim_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/twiliosim"
)

func TestCallLog(t *testing.T) {
	w := newWorld(t)
	trunk := w.trunk("FriendlyName", "x")
	w.must(400, w.post("/v1/Trunks", "Secure", "maybe"))
	w.must(204, w.delete(trunk))
	w.must(404, w.get("/v1/Nothing"))
	now := w.clock.read()
	entry := func(seq int, operation, method, path string, status, code int, applied bool) twiliosim.Call {
		return twiliosim.Call{
			Seq: seq, Time: now, Answered: now, Operation: operation, Method: method, Path: path, Account: w.user, User: w.user,
			Status: status, Code: code, Applied: applied, UserAgent: "twiliosim-test",
		}
	}
	want := []twiliosim.Call{
		entry(1, "trunk.create", "POST", "/v1/Trunks", 201, 0, true),
		entry(2, "trunk.create", "POST", "/v1/Trunks", 400, 21245, false),
		entry(3, "trunk.delete", "DELETE", trunk, 204, 0, true),
		entry(4, "", "GET", "/v1/Nothing", 404, 20404, false),
	}
	if diff := cmp.Diff(want, w.sim.Calls()); diff != "" {
		t.Errorf("the log has every request in order: %s", diff)
	}
	if diff := cmp.Diff(want[2:], w.sim.CallsSince(2)); diff != "" {
		t.Errorf("CallsSince starts after a sequence number: %s", diff)
	}
	if diff := cmp.Diff([]twiliosim.Call{want[0], want[2]}, w.sim.Mutations()); diff != "" {
		t.Errorf("Mutations are what changed something: %s", diff)
	}
	w.sim.ResetLog()
	w.get("/v1/Trunks")
	if got := w.sim.Calls(); len(got) != 1 || got[0].Seq != 5 {
		t.Errorf("sequence numbers go on after a reset: %v", got)
	}
}

func TestCallLogHoldsNoSecrets(t *testing.T) {
	w := newWorld(t)
	w.must(201, w.post(w.lists()+"/"+w.list("l")+"/Credentials.json", "Username", "u", "Password", "Abcdefgh1234"))
	text, err := json.Marshal(w.sim.Calls())
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Abcdefgh1234", w.password} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the log holds the secret %q", secret)
		}
	}
}

func TestUnknownCredentialsAreLoggedByName(t *testing.T) {
	w := newWorld(t)
	w.as("SKwrong", "x").get("/v1/Trunks")
	got := w.sim.Calls()[0]
	if got.User != "SKwrong" || got.Account != "" || got.Operation != "trunk.list" {
		t.Errorf("a refused request shows who asked for what: %+v", got)
	}
}

func TestSeedsRepeatSIDs(t *testing.T) {
	first, second := newWorld(t), newWorld(t)
	if first.trunk() != second.trunk() {
		t.Error("the same seed draws the same SIDs")
	}
}
