package e2e

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const managerUser = "system:serviceaccount:" + world.ManagerNamespace + ":callplane-manager"

// TestCosts compares every provider call and every API write of a lifecycle
// with the tables of docs/costs.md.
func TestCosts(t *testing.T) {
	cases := map[string]struct {
		reason string
		change []func(*v1alpha1.PhoneNumber)
	}{
		"inbound":                                 {reason: "A number that only takes calls."},
		"inbound and outbound":                    {reason: "A number that takes and makes calls, with an IP access control list.", change: []func(*v1alpha1.PhoneNumber){world.Outbound}},
		"inbound, on a shared trunk":              {reason: "A trunk need not know who is called.", change: []func(*v1alpha1.PhoneNumber){onMain}},
		"inbound and outbound, on a shared trunk": {reason: "The trunk changes its list once, and looks at all that it has.", change: []func(*v1alpha1.PhoneNumber){onMain, makesCalls}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w, _ := calmWorld(t)
			settle(t, w)
			number := w.PhoneNumber("support-line", tc.change...)
			if number.Spec.CarrierRef.Kind == v1alpha1.KindSIPTrunk {
				settleTrunk(t, w)
			}
			counted(t, w, name, func() {
				create(t, w, number)
				awaitActive(t, w, "support-line")
				awaitGuests(t, w, number, "guest, support-line")
				awaitLists(t, w, number, "neighbour, support-line")
			}, func() {
				remove(t, w, number)
				awaitGone(t, w, number.DeepCopy())
				awaitGuests(t, w, number, "guest")
				awaitLists(t, w, number, "neighbour")
			})
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestCostsOfATrunk counts what a trunk takes that no number is on.
func TestCostsOfATrunk(t *testing.T) {
	w, _ := calmWorld(t)
	settle(t, w)
	trunk := w.SIPTrunk("main", trunkOverTLS)
	counted(t, w, "a shared trunk", func() {
		create(t, w, trunk)
		awaitTrunk(t, w, "main", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	}, func() {
		remove(t, w, trunk)
		awaitGone(t, w, trunk)
	})
}

// counted compares what setting something up and tearing it down takes with the tables
// of that name.
func counted(t *testing.T, w *world.World, name string, provision, teardown func()) {
	t.Helper()
	for _, half := range []struct {
		heading string
		do      func()
	}{{"Provision: " + name, provision}, {"Teardown: " + name, teardown}} {
		meter := newMeter(t, w)
		half.do()
		if diff := cmp.Diff(costTable(t, half.heading), meter.read(t, half.heading)); diff != "" {
			t.Errorf("%s (-docs/costs.md +counted):\n%s", half.heading, diff)
		}
	}
}

var onMain = world.OnTrunk("main")

// settleTrunk has a number on a shared trunk: making that is not part of what one more
// number costs.
func settleTrunk(t *testing.T, w *world.World) {
	t.Helper()
	w.Twilio.AddNumber(w.Account.SID, second, twiliosim.NumberOptions{})
	create(t, w, w.SIPTrunk("main", trunkOverTLS), w.PhoneNumber("guest", onMain, makesCalls, numbered(second)))
	awaitActive(t, w, "guest")
	// Lists of users change at most every 10 s: the second of two numbers is shown late.
	awaitUsers(t, w, world.AgentName, "guest, neighbour")
}

// awaitGuests waits until the trunk of a number shows who is on it: it has looked at what
// it has by then.
func awaitGuests(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber, want string) {
	t.Helper()
	if number.Spec.CarrierRef.Kind != v1alpha1.KindSIPTrunk {
		return
	}
	eventually(t, "the trunk to show its numbers", func(ctx context.Context) string {
		trunk := w.SIPTrunk(number.Spec.CarrierRef.Name)
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(trunk), trunk); err != nil {
			return err.Error()
		}
		if users := trunk.Status.Numbers; users == nil || strings.Join(users.Names, ", ") != want {
			return "it has " + render(trunk.Status.Numbers)
		}
		return ""
	})
}

// awaitLists waits until the lists of users show who has a trunk of its own: changes are
// gathered for a second, and shown at most every 10 s.
func awaitLists(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber, want string) {
	t.Helper()
	if number.Spec.CarrierRef.Kind == v1alpha1.KindSIPTrunk {
		return
	}
	awaitUsers(t, w, world.AgentName, want)
	type connection interface {
		client.Object
		ConnectionStatus() *v1alpha1.ConnectionStatus
	}
	for _, object := range []connection{w.TwilioAccount(), w.LiveKitProject()} {
		eventually(t, object.GetName()+" to show its numbers", func(ctx context.Context) string {
			if err := w.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
				return err.Error()
			}
			if users := object.ConnectionStatus().PhoneNumbers; users == nil || strings.Join(users.Names, ", ") != want {
				return "it has " + render(users)
			}
			return ""
		})
	}
}

// settle brings another number up first: verifying and holding the account is
// not part of what one more number costs.
func settle(t *testing.T, w *world.World) {
	t.Helper()
	const other = "+14155550101"
	w.Twilio.AddNumber(w.Account.SID, other, twiliosim.NumberOptions{})
	create(t, w, w.PhoneNumber("neighbour", func(n *v1alpha1.PhoneNumber) { n.Spec.Number = other }))
	awaitActive(t, w, "neighbour")
}

// A meter counts from when it was made.
type meter struct {
	world        *world.World
	start        time.Time
	twilio, live int
}

func newMeter(t *testing.T, w *world.World) meter {
	t.Helper()
	// The lists of users in a status change at most every 10 s. Nothing shows that
	// this time is over, so it has to be waited for.
	select {
	case <-time.After(11 * time.Second):
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	}
	quiet(t, w)
	return meter{world: w, start: time.Now(), twilio: len(w.Twilio.Calls()), live: len(w.Proxy.Calls())}
}

// quiet waits until the manager has had nothing to do for a while: what it did
// before must not be counted.
func quiet(t *testing.T, w *world.World) {
	t.Helper()
	for last := -1; ; {
		now := len(w.Twilio.Calls()) + len(w.Proxy.Calls())
		if now == last {
			return
		}
		last = now
		select {
		case <-time.After(500 * time.Millisecond):
		case <-t.Context().Done():
			t.Fatal(t.Context().Err())
		}
	}
}

// read counts calls and writes up to now, by what the tables call them.
func (m meter) read(t *testing.T, last string) map[string]int {
	t.Helper()
	quiet(t, m.world)
	counts := map[string]int{}
	for _, call := range m.world.Twilio.Calls()[m.twilio:] {
		counts["twilio "+call.Operation]++
	}
	for _, call := range m.world.Proxy.Calls()[m.live:] {
		counts["livekit "+call.Method]++
	}
	events, err := m.world.Plane.AuditSince(m.start)
	if err != nil {
		t.Fatalf("%s: %v", last, err)
	}
	for _, event := range events {
		if write(event) && event.Namespace == m.world.Namespace {
			counts[strings.TrimSuffix(fmt.Sprintf("api %s %s/%s", event.Verb, event.Resource, event.Subresource), "/")]++
		}
	}
	return counts
}

func write(event kube.AuditEvent) bool {
	verbs := []string{"create", "update", "patch", "delete", "deletecollection"}
	return event.User == managerUser && slices.Contains(verbs, event.Verb) && event.Resource != "events"
}

// costTable reads a table of docs/costs.md: call and count by row.
func costTable(t *testing.T, heading string) map[string]int {
	t.Helper()
	file, err := os.Open(inRepository(t, "docs/costs.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = file.Close() }()
	counts, inside := map[string]int{}, false
	for lines := bufio.NewScanner(file); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			inside = strings.TrimLeft(line, "# ") == heading
		}
		cells := strings.Split(line, "|")
		if count, err := strconv.Atoi(strings.TrimSpace(at(cells, 2))); inside && err == nil {
			counts[strings.Trim(cells[1], " `")] = count
		}
	}
	if len(counts) == 0 {
		t.Errorf("docs/costs.md has no table %q; it has %v", heading, slices.Collect(maps.Keys(counts)))
	}
	return counts
}

func at(cells []string, i int) string {
	if i < len(cells) {
		return cells[i]
	}
	return ""
}
