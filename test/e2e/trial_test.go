package e2e

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/world"
)

// A trial puts a world through faults, and sees that nothing comes of them.
type trial struct {
	world *world.World
	// managers are all that ran, the one that runs now last.
	managers []*world.Manager
	began    time.Time
	// passwords are those that were generated.
	passwords []string
	// goroutines of the last manager before anything went wrong; 0 if that is not
	// known.
	goroutines float64
}

func newTrial(t *testing.T, w *world.World, managers ...*world.Manager) *trial {
	t.Helper()
	return &trial{world: w, managers: managers, began: time.Now()}
}

// A fault is something that goes wrong until it ends by itself or is ended.
type fault struct {
	// pending says what must still happen before it may end, or nothing.
	pending func() string
	end     func()
	// met is how often it hit.
	met func() int
}

// live takes a number from its beginning to its end, through a fault in each half.
func (tr *trial) live(t *testing.T, setup, teardown func(*testing.T, *world.World) fault) {
	t.Helper()
	tr.half(t, "Provision: inbound and outbound", setup, func() {
		create(t, tr.world, tr.world.PhoneNumber("support-line", world.Outbound))
	}, func() {
		awaitActive(t, tr.world, "support-line")
		wantOneOfEach(t, tr.world)
		for _, credential := range tr.world.Twilio.Credentials("") {
			tr.passwords = append(tr.passwords, tr.world.Twilio.CredentialPassword(credential.SID))
		}
	})
	tr.half(t, "Teardown: inbound and outbound", teardown, func() {
		remove(t, tr.world, tr.world.PhoneNumber("support-line"))
	}, func() {
		awaitGone(t, tr.world, tr.world.PhoneNumber("support-line"))
		wantHoldings(t, tr.world, nothing)
		wantDropped(t, tr.world)
	})
	tr.check(t)
}

// half is one half of a life: it causes something, lets the fault do its worst,
// ends it, awaits what must come of it all the same, and compares what was done
// at the providers with the table of docs/costs.md that has this heading.
func (tr *trial) half(t *testing.T, heading string, begin func(*testing.T, *world.World) fault, cause, await func()) {
	t.Helper()
	m := meter{world: tr.world, start: time.Now(), twilio: len(tr.world.Twilio.Calls()), live: len(tr.world.Proxy.Calls())}
	f := begin(t, tr.world)
	cause()
	eventually(t, "the fault to be met", func(context.Context) string { return f.pending() })
	f.end()
	await()
	got, want := m.read(t, heading), costTable(t, heading)
	if diff := cmp.Diff(changesOf(want), changesOf(got)); diff != "" {
		t.Errorf("%s: changes at the providers (-without a fault +with it):\n%s", heading, diff)
	}
	if calls, most := total(got), total(want)*(2+f.met()); calls > most {
		t.Errorf("%s: %d provider calls for %d faults, want %d at most", heading, calls, f.met(), most)
	}
	tr.wantSettled(t)
}

// neither names what is counted and changes nothing at a provider.
var neither = regexp.MustCompile(`^api |^livekit List|\.(list|fetch|attachments?)$`)

// changesOf leaves of counted calls those that change something at a provider.
func changesOf(counts map[string]int) map[string]int {
	changes := maps.Clone(counts)
	maps.DeleteFunc(changes, func(name string, _ int) bool { return neither.MatchString(name) })
	return changes
}

// total is how many of counted requests went to a provider.
func total(counts map[string]int) int {
	total := 0
	for name, count := range counts {
		if !strings.HasPrefix(name, "api ") {
			total += count
		}
	}
	return total
}

// check sees what must hold after every fault, whatever it was and whatever came
// of it.
func (tr *trial) check(t *testing.T) {
	t.Helper()
	tr.wantNoSecret(t)
	tr.wantNothingForbidden(t)
	tr.wantOwnCredentials(t)
	tr.wantNoGoroutineLeft(t)
}

// settledFor is how long nothing may happen any more once all is as wanted.
const settledFor = 2 * time.Second

// wantSettled waits until a number that is as wanted is written no more, and
// nobody is called any more. A view that was out of date may cost another look.
func (tr *trial) wantSettled(t *testing.T) {
	t.Helper()
	last := map[string]string{}
	since := time.Now()
	eventually(t, "nothing more to be done", func(context.Context) string {
		now := tr.state(t)
		if diff := cmp.Diff(last, now); diff != "" {
			last, since = now, time.Now()
			return diff
		}
		if time.Since(since) < settledFor {
			return fmt.Sprintf("all has been still for %s only", time.Since(since))
		}
		return ""
	})
}

// state is what changes as long as anything is done for a number.
func (tr *trial) state(t *testing.T) map[string]string {
	t.Helper()
	state := map[string]string{"calls": fmt.Sprintf("twilio %d, livekit %d", len(tr.world.Twilio.Calls()), len(tr.world.Proxy.Calls()))}
	var numbers v1alpha1.PhoneNumberList
	if err := tr.world.Client.List(t.Context(), &numbers); err != nil {
		t.Fatal(err)
	}
	for _, number := range numbers.Items {
		state[number.Name] = number.ResourceVersion
	}
	return state
}

func (tr *trial) wantNoSecret(t *testing.T) {
	t.Helper()
	sinks := sinks(t, tr.world.Plane)
	for i, manager := range tr.managers {
		sinks[fmt.Sprintf("log %d", i)] = manager.Log()
	}
	sinks["metrics"] = scrape(t, tr.world.Plane, tr.managers[len(tr.managers)-1])
	secrets := append(slices.Clone(tr.passwords), tr.world.Account.AuthToken, tr.world.LiveKit.APISecret())
	wantNoSecret(t, sinks, tr.world.Account.SID, secrets...)
}

// wantNothingForbidden sees that the manager tried nothing that no role allows. A
// kube-apiserver that has just started forbids everything for a moment.
func (tr *trial) wantNothingForbidden(t *testing.T) {
	t.Helper()
	events, err := tr.world.Plane.AuditSince(tr.began)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		if event.User == managerUser && event.Code == http.StatusForbidden && !allowed(t, tr.world, event) {
			t.Errorf("no role of the manager allows it to %s %s/%s %s", event.Verb, event.Resource, event.Subresource, event.Name)
		}
	}
}

// allowed asks the API server whether a role of the manager allows a request.
func allowed(t *testing.T, w *world.World, event kube.AuditEvent) bool {
	t.Helper()
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: managerUser, Groups: []string{"system:serviceaccounts", "system:authenticated"},
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Verb: event.Verb, Group: event.Group, Resource: event.Resource, Subresource: event.Subresource,
			Namespace: event.Namespace, Name: event.Name,
		},
	}}
	if err := w.Client.Create(t.Context(), review); err != nil {
		t.Fatal(err)
	}
	return review.Status.Allowed
}

// wantOwnCredentials sees that Twilio was called with the credentials of the one
// account only.
func (tr *trial) wantOwnCredentials(t *testing.T) {
	t.Helper()
	for _, call := range tr.world.Twilio.Calls() {
		if call.Account != tr.world.Account.SID {
			t.Errorf("%s was called with the credentials of %q", call.Operation, call.User)
		}
	}
}

// spareGoroutines may come and go with idle connections.
const spareGoroutines = 20

func (tr *trial) wantNoGoroutineLeft(t *testing.T) {
	t.Helper()
	if tr.goroutines == 0 {
		return
	}
	eventually(t, "the goroutines to end", func(context.Context) string {
		if now := tr.countGoroutines(t); now > tr.goroutines+spareGoroutines {
			return fmt.Sprintf("there are %g, before all faults there were %g", now, tr.goroutines)
		}
		return ""
	})
}

// countGoroutines is how many the last manager has.
func (tr *trial) countGoroutines(t *testing.T) float64 {
	t.Helper()
	return sum(scrape(t, tr.world.Plane, tr.managers[len(tr.managers)-1]), "go_goroutines ")
}
