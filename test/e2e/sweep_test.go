package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	protocol "github.com/livekit/protocol/livekit"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	sweepOften       = "--sweep-interval=1s"
	deleteExternally = "callplane.io/delete-external=true"
)

// orphanedWorld is a world in which a number with calls in both directions was lost
// by force of an administrator, and the sweep has found what it had.
func orphanedWorld(t *testing.T) (*world.World, *world.Manager, *v1alpha1.PhoneNumber) {
	t.Helper()
	w, manager := calmWorld(t, sweepOften)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	loseNumber(t, w, number)
	awaitSwept(t, w, number)
	return w, manager, number
}

// awaitSwept waits until all that an owner had made is on its record: each provider is
// swept by itself, and what is found after a deletion was asked for is not part of it.
// Origination URLs go with their trunk.
func awaitSwept(t *testing.T, w *world.World, owner v1alpha1.Owner) {
	t.Helper()
	eventually(t, "everything to be on record", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, string(owner.GetUID()))
		if err != nil {
			return err.Error()
		}
		for _, entry := range owner.Lifecycle().ExternalResources {
			recorded := slices.ContainsFunc(record.Status.Resources, func(e v1alpha1.ExternalResource) bool {
				return e.Kind == entry.Kind && e.ID == entry.ID
			})
			if entry.Origin == v1alpha1.OriginCreated && entry.Kind != "OriginationURL" && !recorded {
				return fmt.Sprintf("the %s %s is not on %s", entry.Kind, entry.ID, render(record.Status))
			}
		}
		return ""
	})
}

func readRecord(ctx context.Context, w *world.World, name string) (*v1alpha1.OrphanRecord, error) {
	var record v1alpha1.OrphanRecord
	err := w.Client.Get(ctx, client.ObjectKey{Namespace: world.ManagerNamespace, Name: name}, &record)
	return &record, err
}

func orphanRecord(t *testing.T, w *world.World, name string) *v1alpha1.OrphanRecord {
	t.Helper()
	record, err := readRecord(t.Context(), w, name)
	if err != nil {
		t.Fatal(err)
	}
	return record
}

func awaitClosed(t *testing.T, w *world.World, name string) {
	t.Helper()
	eventually(t, "the record to be closed", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, name)
		if err != nil {
			return err.Error()
		}
		if record.Status.State != v1alpha1.OrphanClosed {
			return "it is " + render(record.Status)
		}
		return ""
	})
}

// TestSweep finds what a lost number had, tells of it on the record, on the accounts
// and in the metrics, and deletes it for whoever may ask for that.
func TestSweep(t *testing.T) {
	w, manager, number := orphanedWorld(t)
	uid := string(number.UID)
	record := orphanRecord(t, w, uid)
	if record.Spec.Reason != v1alpha1.ReasonSwept || record.Spec.Owner.UID != uid || record.Status.State != v1alpha1.OrphanOpen {
		t.Errorf("the record is %s, want one that is swept, open and of the number", render(record))
	}
	for _, entry := range record.Status.Resources {
		i := slices.IndexFunc(number.Status.ExternalResources, func(e v1alpha1.ExternalResource) bool {
			return e.Origin == v1alpha1.OriginCreated && e.Slot == entry.Slot && e.ID == entry.ID && e.Account == entry.Account && e.ParentID == entry.ParentID && e.Name == entry.Name
		})
		if i < 0 {
			t.Errorf("the ledger did not have %+v", entry)
		}
	}
	wantEvent(t, w, number, v1alpha1.ReasonSwept)
	wantRecordEvent(t, w, uid, v1alpha1.ReasonSwept)
	wantGauges(t, w, manager)

	// As strict as Twilio may be.
	w.Twilio.Configure(func(s *twiliosim.Settings) { s.MappedListsBlock, s.FilledListsBlock = true, true })
	before := holdings(t, w)
	tenant := user(t, w.Namespace, "tenant", "admin", "callplane-force-delete")
	if stderr, err := annotateRecord(t, tenant, uid); err == nil || !strings.Contains(stderr, "forbidden") {
		t.Errorf("a tenant got %v: %s", err, stderr)
	}
	wantHoldings(t, w, before)
	if stderr, err := annotateRecord(t, cleaner(t), uid); err != nil {
		t.Fatal(err, stderr)
	}
	awaitClosed(t, w, uid)
	wantHoldings(t, w, nothing)
	if trunk := numberOnTrunk(t, w); trunk != "" {
		t.Errorf("the number is on the trunk %s", trunk)
	}
	wantRecordEvent(t, w, uid, v1alpha1.ReasonOrphansGone)
	eventually(t, "the annotation to be taken off", func(ctx context.Context) string {
		record, err := readRecord(ctx, w, uid)
		if err != nil || len(record.Annotations) > 0 {
			return fmt.Sprintf("%v %v", record.Annotations, err)
		}
		return ""
	})
	wantGauges(t, w, manager)
}

func wantRecordEvent(t *testing.T, w *world.World, name, reason string) {
	t.Helper()
	eventually(t, "an event "+reason, func(ctx context.Context) string {
		stdout, stderr, err := w.Plane.Kubectl(ctx, "get", "events.events.k8s.io", "-n", world.ManagerNamespace,
			"-o", `jsonpath={range .items[*]}{.regarding.name} {.reason}{"\n"}{end}`)
		if err != nil {
			return stderr
		}
		if !strings.Contains(stdout, name+" "+reason+"\n") {
			return "there are " + stdout
		}
		return ""
	})
}

// wantGauges sees that the metrics count what open records list.
func wantGauges(t *testing.T, w *world.World, manager *world.Manager) {
	t.Helper()
	eventually(t, "the metrics to count what is on record", func(ctx context.Context) string {
		var records v1alpha1.OrphanRecordList
		if err := w.Client.List(ctx, &records, client.InNamespace(world.ManagerNamespace)); err != nil {
			return err.Error()
		}
		counts := map[string]int{"twilio": 0, "livekit": 0}
		for _, record := range records.Items {
			for _, entry := range record.Status.Resources {
				if record.Spec.Reason == v1alpha1.ReasonSwept && entry.Origin != v1alpha1.OriginAdopted {
					counts[entry.Provider]++
				}
			}
		}
		text := scrape(t, plane, manager)
		for provider, count := range counts {
			if line := fmt.Sprintf("callplane_orphan_resources{provider=%q,reason=\"Swept\"} %d\n", provider, count); !strings.Contains(text, line) {
				return "there is no " + line
			}
		}
		return ""
	})
}

// awaitSweeps waits until both providers were looked through twice more, with a
// result at Twilio: whatever was there at the beginning has been seen.
func awaitSweeps(t *testing.T, manager *world.Manager, result string) {
	t.Helper()
	before := sweepsSoFar(t, manager, result)
	eventually(t, "two sweeps with the result "+result, func(context.Context) string {
		if now := sweepsSoFar(t, manager, result); now < before+2 {
			return fmt.Sprintf("there were %d and are %d", before, now)
		}
		return ""
	})
}

// sweepsSoFar is how often Twilio was swept with a result.
func sweepsSoFar(t *testing.T, manager *world.Manager, result string) int {
	t.Helper()
	count := 0
	for line := range strings.Lines(scrape(t, plane, manager)) {
		if _, err := fmt.Sscanf(line, fmt.Sprintf("callplane_orphan_sweeps_total{provider=\"twilio\",result=%q} %%d", result), &count); err == nil {
			return count
		}
	}
	return 0
}

// TestTwoInstallations has another installation sweep the same account and project:
// what the first one has made, or lost, is none of its business.
func TestTwoInstallations(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	if err := manager.Stop(); err != nil {
		t.Fatal(err)
	}
	loseNumber(t, w, number)
	before := holdings(t, w)
	other := startManager(t, w, sweepOften, "--installation-id=other1")
	awaitSweeps(t, other, "Complete")
	if _, err := readRecord(t.Context(), w, string(number.UID)); !apierrors.IsNotFound(err) {
		t.Errorf("reading a record of the other installation's number gives %v, want none", err)
	}
	wantHoldings(t, w, before)
	if err := other.Stop(); err != nil {
		t.Fatal(err)
	}
	startManager(t, w, sweepOften)
	awaitSwept(t, w, number)
}

// TestFailingList closes no record, and opens none, while a list cannot be had; then
// it sees that everything was cleaned up by hand.
func TestFailingList(t *testing.T) {
	w, manager, number := orphanedWorld(t)
	fault := w.Twilio.Inject(twiliosim.Fault{
		Match: twiliosim.Match{Operation: "ipaccesscontrollist.list"}, Action: twiliosim.Fail(503, 20503), Count: twiliosim.Forever,
	})
	removeByHand(t, w)
	awaitSweeps(t, manager, "ProviderUnavailable")
	if record := orphanRecord(t, w, string(number.UID)); !slices.ContainsFunc(record.Status.Resources, func(e v1alpha1.ExternalResource) bool { return e.Kind == "Trunk" }) {
		t.Errorf("the record is %s, want it to list the trunk still", render(record.Status))
	}
	fault.Remove()
	awaitClosed(t, w, string(number.UID))
	wantRecordEvent(t, w, string(number.UID), v1alpha1.ReasonOrphansGone)
}

// removeByHand deletes everything at both providers, as a person would.
func removeByHand(t *testing.T, w *world.World) {
	t.Helper()
	for _, trunk := range w.Twilio.Trunks("") {
		w.Twilio.RemoveTrunk(trunk.SID)
	}
	for _, list := range w.Twilio.CredentialLists("") {
		w.Twilio.RemoveCredentialList(list.SID)
	}
	for _, list := range w.Twilio.IPAccessControlLists("") {
		w.Twilio.RemoveIPAccessControlList(list.SID)
	}
	ctx, sip := t.Context(), w.LiveKit.SIP()
	rules, err := w.LiveKit.DispatchRules(ctx)
	for _, rule := range rules {
		_, failure := sip.DeleteSIPDispatchRule(ctx, &protocol.DeleteSIPDispatchRuleRequest{SipDispatchRuleId: rule.SipDispatchRuleId})
		err = errors.Join(err, failure)
	}
	inbound, failure := w.LiveKit.InboundTrunks(ctx)
	outbound, failure2 := w.LiveKit.OutboundTrunks(ctx)
	err = errors.Join(err, failure, failure2)
	for _, trunk := range inbound {
		_, failure := sip.DeleteSIPTrunk(ctx, &protocol.DeleteSIPTrunkRequest{SipTrunkId: trunk.SipTrunkId})
		err = errors.Join(err, failure)
	}
	for _, trunk := range outbound {
		_, failure := sip.DeleteSIPTrunk(ctx, &protocol.DeleteSIPTrunkRequest{SipTrunkId: trunk.SipTrunkId})
		err = errors.Join(err, failure)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestTakeOverAfterSweep creates a number again that was lost and swept: it takes
// over what was found, and the record is closed.
func TestTakeOverAfterSweep(t *testing.T) {
	w, _, number := orphanedWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	again := awaitActive(t, w, "support-line")
	wantOneOfEach(t, w)
	awaitClosed(t, w, string(number.UID))
	remove(t, w, again)
	awaitGone(t, w, again)
	wantHoldings(t, w, nothing)
}
