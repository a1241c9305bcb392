package engine_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

func TestTeardownOrder(t *testing.T) {
	d := established(t)
	outcomes := d.teardown(t.Context())
	want := []string{
		"delete Rule Rule-6", // the link, before any other branch
		"delete Attachment PN", "delete ListLink List-3", "delete Credential Credential-4", "delete List List-3", "delete URL URL-2", "delete Trunk Trunk-1",
		"delete Outbound Outbound-7", "delete Inbound Inbound-5",
	}
	if diff := cmp.Diff(want, mutations(d.cloud)); diff != "" {
		t.Errorf("what was made last goes first, the link before all, -want +got:\n%s", diff)
	}
	for _, outcome := range outcomes {
		if !outcome.Gone || outcome.Err != nil || outcome.Note != "" {
			t.Errorf("got %+v, want gone", outcome)
		}
	}
	if got := left(d.cloud); len(got) > 0 {
		t.Errorf("left %v, want nothing", got)
	}
	if len(d.cloud.All("Number")) != 1 {
		t.Error("the number is gone, want it left in its account")
	}
}

func TestTeardownEndsWithAReadOfEachRoot(t *testing.T) {
	d := established(t)
	d.teardown(t.Context())
	for _, kind := range []string{"Trunk", "List", "Attachment", "Inbound", "Rule", "Outbound"} {
		calls := d.cloud.Log()
		last := len(calls) - 1
		for calls[last].Kind != kind {
			last--
		}
		if calls[last].Operation != fake.Observe {
			t.Errorf("the last call for %s is %q, want a read: that a provider took an order proves nothing", kind, calls[last])
		}
	}
}

// TestLinkGoesFirst lets the schedulers prove that nothing of another branch
// happens before the attempt to unlink has ended, however it ended.
func TestLinkGoesFirst(t *testing.T) {
	for name, fault := range map[string]*fake.Fault{
		"deleted": nil,
		"refused": {Operation: fake.Delete, Kind: "Rule", Err: refusal(external.Throttled)},
		"unseen":  {Operation: fake.Observe, Kind: "Rule", Err: refusal(external.NetworkError)},
	} {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			if fault != nil {
				d.cloud.Fail(*fault)
			}
			tear := demolition(d.cloud, d.written, d.now)
			tear.Schedule = func(branches ...func()) {
				for _, call := range d.cloud.Log() {
					if call.Kind != "Rule" {
						t.Errorf("the branches begin after the call %q, want the link's alone before", call)
					}
				}
				engine.Serial(branches...)
			}
			tear.Run(t.Context())
			if got := len(d.cloud.All("Trunk")); got != 0 {
				t.Error("the trunk is still there, want the carrier's branch to go on whatever became of the link")
			}
		})
	}
}

func TestSchedulers(t *testing.T) {
	faults := map[string]*fake.Fault{
		"nothing fails": nil,
		"a step fails":  {Operation: fake.Delete, Kind: "List", Err: refusal(external.ProviderUnavailable)},
		"a link fails":  {Operation: fake.Delete, Kind: "Rule", Err: refusal(external.PermissionDenied)},
		"a read fails":  {Operation: fake.Observe, Kind: "Trunk", Err: refusal(external.Unknown)},
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			run := func(schedule engine.Scheduler) ([]engine.Outcome, []string) {
				d := established(t)
				if fault != nil {
					d.cloud.Fail(*fault)
				}
				tear := demolition(d.cloud, d.written, d.now)
				tear.Schedule = schedule
				return tear.Run(t.Context()), left(d.cloud)
			}
			serial, leftBySerial := run(engine.Serial)
			for range 20 {
				parallel, leftByParallel := run(nil)
				if diff := cmp.Diff(serial, parallel, cmpopts.EquateErrors()); diff != "" {
					t.Errorf("the outcome depends on the scheduler, -serial +parallel:\n%s", diff)
				}
				if diff := cmp.Diff(leftBySerial, leftByParallel); diff != "" {
					t.Errorf("what is left depends on the scheduler, -serial +parallel:\n%s", diff)
				}
			}
		})
	}
}

func TestParallelBranchesMeet(t *testing.T) {
	var meeting sync.WaitGroup
	meeting.Add(2)
	met := func() { meeting.Done(); meeting.Wait() }
	engine.Parallel(met, met) // does not return unless both run at once
}

func TestFailureEndsItsOwnBranch(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  fake.Fault
		failed string
		left   string
	}{
		"at the link": {
			reason: "the platform's branch has ended, the carrier's has not",
			fault:  fake.Fault{Operation: fake.Delete, Kind: "Rule"}, failed: "rule", left: "number inbound rule outbound",
		},
		"at the attachment": {
			reason: "the trunk is not deleted below a number that is on it",
			fault:  fake.Fault{Operation: fake.Delete, Kind: "Attachment"}, failed: "attach",
			left: "number trunk orig creds cred crdlink attach",
		},
		"at a child": {
			reason: "what contains it stays, what went before is gone",
			fault:  fake.Fault{Operation: fake.Delete, Kind: "ListLink"}, failed: "crdlink",
			left: "number trunk orig creds cred crdlink",
		},
		"at a root": {
			reason: "the children were asked away, but they are gone only with their root",
			fault:  fake.Fault{Operation: fake.Delete, Kind: "Trunk"}, failed: "trunk", left: "number trunk orig crdlink",
		},
		"at the read that follows": {
			reason: "what was deleted is not gone until a read says so",
			fault:  fake.Fault{Operation: fake.Observe, Kind: "Trunk", Nth: 2}, failed: "trunk", left: "number trunk orig crdlink",
		},
		"at the users": {
			reason: "what may be used by others is not deleted",
			fault:  fake.Fault{Operation: fake.UsedBy, Kind: "Trunk"}, failed: "crdlink", left: "number trunk orig creds cred crdlink",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			d := established(t)
			c.fault.Err = refusal(external.ProviderUnavailable)
			d.cloud.Fail(c.fault)
			before := slices.Clone(d.written)
			outcomes := d.teardown(t.Context())
			if got := slots(d.written); got != c.left {
				t.Errorf("left %q, want %q: %s", got, c.left, c.reason)
			}
			for i, outcome := range outcomes {
				failed := outcome.Entry.Slot == c.failed
				if outcome.Entry.Slot != before[i].Slot {
					t.Errorf("outcome %d is that of %s, want the order of the ledger", i, outcome.Entry.Slot)
				}
				if (external.ClassOf(outcome.Err) == external.ProviderUnavailable) != failed || failed != (outcome.Entry.ErrorClass == "ProviderUnavailable") {
					t.Errorf("%s failed with %v and shows %q, want failure: %v", outcome.Entry.Slot, outcome.Err, outcome.Entry.ErrorClass, failed)
				}
			}
			d.restart(0)
			d.teardown(t.Context())
			if len(d.written) > 0 || len(left(d.cloud)) > 0 {
				t.Errorf("the next attempt leaves %q and %v, want nothing", slots(d.written), left(d.cloud))
			}
		})
	}
}

func TestSignInFailureLeavesTheOtherBranchFree(t *testing.T) {
	d := established(t)
	tear := demolition(d.cloud, d.written, d.now)
	opened := map[string]int{}
	tear.Open = func(_ context.Context, _ string, connection v1alpha1.Connection, account string) (external.Session, error) {
		opened[connection.Name]++
		if account == platform {
			return nil, refusal(external.CredentialsMissing)
		}
		return d.cloud.Session(account), nil
	}
	outcomes := tear.Run(t.Context())
	if got, want := slots(remaining(outcomes)), "number inbound rule outbound"; got != want {
		t.Errorf("left %q, want %q", got, want)
	}
	if diff := cmp.Diff(map[string]int{carrier: 1, platform: 1}, opened); diff != "" {
		t.Errorf("each branch signs in once, whether or not it may, -want +got:\n%s", diff)
	}
	for _, call := range d.cloud.Log() {
		if call.Account == platform {
			t.Errorf("the call %q was made without credentials", call)
		}
	}
}

func TestBranchesByWhatTheyWereMadeWith(t *testing.T) {
	d := established(t)
	for i := range d.written {
		if d.written[i].Slot == string(external.SlotOutboundTrunk) {
			d.written[i].Connection.Name = "another"
		}
	}
	d.cloud.Fail(fake.Fault{Kind: "Rule", Err: refusal(external.NetworkError)})
	d.teardown(t.Context())
	if strings.Contains(slots(d.written), string(external.SlotOutboundTrunk)) {
		t.Errorf("left %q, want what other credentials made to be a branch of its own", slots(d.written))
	}
}

func TestNothingMadeNeedsNoCredentials(t *testing.T) {
	cases := map[string][]ledger.Entry{
		"empty":        nil,
		"adopted only": {{Slot: "number", Provider: carrier, Kind: "Number", Account: carrier, ID: "PN", Origin: v1alpha1.OriginAdopted}},
	}
	for name, entries := range cases {
		t.Run(name, func(t *testing.T) {
			tear := demolition(newCloud(), entries, instant)
			tear.Open = func(context.Context, string, v1alpha1.Connection, string) (external.Session, error) {
				t.Error("a session was opened, though nothing was made")
				return nil, refusal(external.CredentialsMissing)
			}
			if got := remaining(tear.Run(t.Context())); len(got) > 0 {
				t.Errorf("left %v, want nothing", got)
			}
		})
	}
}
