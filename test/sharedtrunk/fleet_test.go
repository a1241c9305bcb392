package sharedtrunk

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	protocol "github.com/livekit/protocol/livekit"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/controller/orphan"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

const (
	// fleetSize is that of the fleets that Callplane is made for.
	fleetSize = 10_000
	// setUp of them are set up by their reconciler. The others are copies of the last
	// one, which is faster: everything is looked for among all that is there.
	setUp = 300
	// sweepCalls is how many calls a sweep of them may take at a self-hosted LiveKit.
	sweepCalls = 30
)

// TestFleet counts what 10,000 numbers cost that are set up: lists when the manager sweeps,
// and nothing when it starts, as some of them show. A rule that was changed by hand is found
// by these lists, and mended with the reads of one number and one call more.
func TestFleet(t *testing.T) {
	w := fleet(t)
	w.restartQuietly()
	w.wantEffects("a start", w.during(w.visitAll), nil)
	w.copyNumbers(setUp, fleetSize)

	s := w.sweepers()
	lists := map[string]int{
		"twilio GET /2010-04-01/Accounts/{id}/IncomingPhoneNumbers.json": fleetSize / 1000,
		"twilio GET /v1/Trunks": 1,
		"twilio GET /2010-04-01/Accounts/{id}/SIP/CredentialLists.json":      1,
		"twilio GET /2010-04-01/Accounts/{id}/SIP/IpAccessControlLists.json": 1,
		// One has them all, and one shows that.
		"livekit ListSIPInboundTrunk":  2,
		"livekit ListSIPDispatchRule":  2,
		"livekit ListSIPOutboundTrunk": 1,
	}
	swept := w.sweep(s)
	w.wantEffects("a sweep", swept, lists)
	if calls := sum(swept); calls > sweepCalls {
		t.Errorf("a sweep takes %d calls, want %d at most", calls, sweepCalls)
	}

	// Where LiveKit's lists end after 1,000 it takes 36: the pages alone are 30.
	w.livekit.HonourPages()
	lists["livekit ListSIPInboundTrunk"], lists["livekit ListSIPDispatchRule"] = fleetSize/1000+1, fleetSize/1000+1
	w.wantEffects("a sweep in pages", w.sweep(s), lists)
	if len(s.suspects) > 0 {
		t.Fatalf("%d are suspected, want none", len(s.suspects))
	}

	rule := w.livekit.DispatchRules()[setUp/2]
	w.livekit.EditDispatchRule(rule.SipDispatchRuleId, func(rule *protocol.SIPDispatchRuleInfo) { rule.Metadata = "edited" })
	w.wantEffects("a sweep that finds something", w.sweep(s), lists)
	if len(s.suspects) != 1 || !strings.Contains(rule.Name, string(w.number(s.suspects[0]).UID)) {
		t.Fatalf("%q are suspected, want whose rule was changed", s.suspects)
	}
	w.wantEffects("the repair", w.during(func() { w.visit(s.suspects[0]) }), map[string]int{
		"twilio GET /2010-04-01/Accounts/{id}/IncomingPhoneNumbers/{id}.json": 1,
		"livekit ListSIPInboundTrunk":                                         1,
		"livekit ListSIPDispatchRule":                                         1,
		"livekit UpdateSIPDispatchRule":                                       1,
	})
}

// fleet is a world with numbers on one trunk that were set up some time ago.
func fleet(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, newTrunk("main"))
	for _, number := range w.twilio.Numbers(accountSID) {
		w.twilio.RemoveNumber(number.SID)
	}
	w.restartQuietly()
	w.run("the trunk", settled)
	for i := range setUp {
		number, _ := w.fleetNumber(i, twiliosim.NumberOptions{})
		w.create(number)
	}
	w.run("the numbers", settled)
	w.visitAll() // the trunk shows who uses it
	w.clock.SetTime(w.clock.Now().Add(time.Hour))
	return w
}

// fleetNumber is one that the account has.
func (w *world) fleetNumber(i int, options twiliosim.NumberOptions) (number *v1alpha1.PhoneNumber, sid string) {
	e164 := fmt.Sprintf("+1415%07d", i)
	return newNumber(fmt.Sprintf("line-%05d", i), e164, withoutOutbound), w.twilio.AddNumber(accountSID, e164, options)
}

// copyNumbers adds numbers that look like the last one that was set up.
func (w *world) copyNumbers(first, last int) {
	w.t.Helper()
	numbers, inbounds, rules := apistore.All[*v1alpha1.PhoneNumber](w.store), w.livekit.InboundTrunks(), w.livekit.DispatchRules()
	model, inbound, rule := numbers[first-1], inbounds[first-1], rules[first-1]
	for i := first; i < last; i++ {
		number, sid := w.fleetNumber(i, twiliosim.NumberOptions{TrunkSID: w.twilio.Trunks(accountSID)[0].SID})
		number.Finalizers = model.Finalizers
		w.create(number)
		owner := marker.Owner{Installation: w.numbers.Installation, UID: string(number.UID), Namespace: namespace, Name: number.Name}
		inbound.Name, inbound.Numbers = owner.For(external.SlotInboundTrunk), []string{number.Spec.Number}
		rule.Name, rule.TrunkIds = owner.For(external.SlotDispatchRule), []string{w.livekit.AddInboundTrunk(inbound)}
		number.Status = *model.Status.DeepCopy()
		number.Status.ExternalResources = copied(number.Status.ExternalResources, owner, map[external.Slot]string{
			external.SlotNumber: sid, external.SlotAttachment: sid,
			external.SlotInboundTrunk: rule.TrunkIds[0], external.SlotDispatchRule: w.livekit.AddDispatchRule(rule),
		})
		if err := w.people().Status().Update(w.t.Context(), number); err != nil {
			w.t.Fatal(err)
		}
	}
}

// copied is a ledger with ids and names of another owner's.
func copied(entries []ledger.Entry, owner marker.Owner, ids map[external.Slot]string) []ledger.Entry {
	for i := range entries {
		slot := external.Slot(entries[i].Slot)
		entries[i].ID = ids[slot]
		if marker.Is(entries[i].Name) {
			entries[i].Name = owner.For(slot)
		}
	}
	return entries
}

// restartQuietly is another manager that looks at nobody without a reason. What always
// holds is not looked at after every effect: that is a long look at a fleet.
func (w *world) restartQuietly() {
	w.restart()
	w.after = func(string) {}
	w.numbers.Looks = lifecycle.NewLooks(10*time.Hour, rand.New(rand.NewPCG(1, 1)))
	w.trunks.Looks = w.numbers.Looks
}

// sweepers look through account and project, and remember what they saw.
type sweepers struct {
	account  orphan.Sweeper[*v1alpha1.TwilioAccount]
	project  orphan.Sweeper[*v1alpha1.LiveKitProject]
	suspects []string
}

func (w *world) sweepers() *sweepers {
	s, shell := &sweepers{}, w.numbers.Shell
	keeper := &orphan.Keeper{
		Direct: shell.Direct, Providers: shell.Providers, Connections: shell.Connections, Orphans: shell.Orphans,
		Installation: shell.Installation, Events: shell.Events, Clock: shell.Clock, Retries: shell.Retries, Grace: grace,
	}
	suspect := func(owner v1alpha1.Owner) {
		s.suspects = append(s.suspects, owner.GetName())
		shell.Looks.Want(owner.GetUID())
	}
	s.account = orphan.Sweeper[*v1alpha1.TwilioAccount]{Keeper: keeper, Cached: shell.Client, Interval: time.Minute, Suspect: suspect}
	s.project = orphan.Sweeper[*v1alpha1.LiveKitProject]{Keeper: keeper, Cached: shell.Client, Interval: time.Minute, Suspect: suspect}
	return s
}

// sweep looks through both once, and counts what that takes.
func (w *world) sweep(s *sweepers) map[string]int {
	w.t.Helper()
	return w.during(func() {
		sweepOne(w, &s.account, "twilio", &v1alpha1.TwilioAccount{})
		sweepOne(w, &s.project, "livekit", &v1alpha1.LiveKitProject{})
	})
}

func sweepOne[T connection.Object](w *world, sweeper *orphan.Sweeper[T], name string, object T) {
	w.t.Helper()
	if err := w.people().Get(w.t.Context(), client.ObjectKey{Namespace: namespace, Name: name}, object); err != nil {
		w.t.Fatal(err)
	}
	if _, err := sweeper.Reconcile(w.context(), object); err != nil {
		w.t.Fatal(err)
	}
}

// during counts the effects that something has.
func (w *world) during(happen func()) map[string]int {
	before := len(w.effects)
	happen()
	counts := map[string]int{}
	for _, effect := range w.effects[before:] {
		counts[effect]++
	}
	return counts
}

func (w *world) wantEffects(what string, got, want map[string]int) {
	w.t.Helper()
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("%s: effects, -want +got:\n%s", what, diff)
	}
}

func sum(counts map[string]int) int {
	total := 0
	for _, count := range counts {
		total += count
	}
	return total
}
