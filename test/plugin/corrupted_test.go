package plugin

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestCorrupted deletes a number whose cleanup fails: the ways out are shown in their
// order, and each is gone in turn.
func TestCorrupted(t *testing.T) {
	object := corrupted(t, "stuck", "+14155550120")
	waysOut := []string{
		"Corrupted: AuthenticationFailed", "Failed to cleanup external resources.",
		"1. Remove the cause: put good credentials into the Secret", "2. Ask for a retry", "kubectl phonenumber retry stuck -n telephony",
		"3. Clean up by hand", "docs/cleanup.md#twilio-", "4. Force", "kubectl phonenumber force-delete stuck -n telephony",
	}
	phonenumber(t, "force-delete", "stuck").want(t, 1, "is not being deleted")
	phonenumber(t, "delete", "stuck", "--yes", "--timeout=30s").want(t, 2, waysOut...)
	phonenumber(t, "status", "+14155550120").want(t, 2, waysOut...)
	phonenumber(t, "delete", "stuck").want(t, 2, "is being deleted already", "4. Force")
	phonenumber(t, "retry", "stuck").want(t, 0, "a retry is asked for")
	phonenumber(t, "retry", "stuck", "--wait").want(t, 2, waysOut...)
	phonenumber(t, "retry", "stuck", "nobody").want(t, 1, `there is no PhoneNumber "nobody"`)

	setToken(t, second.AuthToken)
	eventuallyGone(t, object)
}

// TestForceDelete leaves behind what a number has, and has it deleted later.
func TestForceDelete(t *testing.T) {
	phonenumber(t, "orphans", "list").want(t, 0, "Nothing was left behind")
	object := corrupted(t, "hopeless", "+14155550121")
	phonenumber(t, "delete", "hopeless", "--yes").want(t, 2)
	viewer := person(t, "viewer", "view")
	phonenumber(t, "force-delete", "hopeless", "--yes", "--kubeconfig", viewer, "-n", w.Namespace).want(t, 1, "forbidden")

	got := typed(t, "+14155550122\n", "force-delete", "hopeless")
	got.want(t, 1, "This stays at the providers", "Type the number +14155550121", "nothing was done: that is not the number +14155550121")
	if gone(t, object) {
		t.Fatal("it is gone")
	}
	ledger := idsOf(object.Status.ExternalResources)
	got = typed(t, "+14155550121\n", "force-delete", "hopeless")
	got.want(t, 0, "was let go.", "callplane-system/"+string(object.UID), "ForceDeleted")
	_, record, _ := strings.Cut(got.stdout, "was let go.")
	if missing := slices.DeleteFunc(ledger, func(id string) bool { return strings.Contains(record, id) }); len(missing) > 0 || !gone(t, object) {
		t.Errorf("the record does not name %v:\n%s", missing, record)
	}
	orphans(t, string(object.UID))
}

// orphans lists and deletes what was left.
func orphans(t *testing.T, uid string) {
	t.Helper()
	phonenumber(t, "orphans", "list").want(t, 0, uid, "+14155550121", "PhoneNumber telephony/hopeless", "ForceDeleted", "Trunk")
	phonenumber(t, "orphans", "list", "-o", "wide").want(t, 0, "WHERE", "twilio "+second.SID)
	phonenumber(t, "orphans", "list", "-o", "name").want(t, 0, "orphanrecord.callplane.io/"+uid+"\n")
	phonenumber(t, "orphans", "list", "+14155550121").want(t, 0, "└─ ", "Trunk ")
	phonenumber(t, "orphans", "list", "-o", "yaml").want(t, 0, "kind: OrphanRecordList", "uid: "+uid)
	phonenumber(t, "orphans", "list", "--kubeconfig", person(t, "stranger", "edit"), "-n", w.Namespace).want(t, 1, "the Role callplane-orphans there gives that")
	phonenumber(t, "orphans", "list", "nobody").want(t, 1, `there is no OrphanRecord of "nobody"`)

	phonenumber(t, "orphans", "delete", "+14155550121").want(t, 1, "Delete all of this at the providers, for good?", "nobody answered")
	phonenumber(t, "orphans", "delete", "+14155550121", "--yes").want(t, 2, "AuthenticationFailed")
	setToken(t, second.AuthToken)
	eventually(t, "the second account to be accepted", accepted)
	typed(t, "yes\n", "orphans", "delete", uid).want(t, 0, uid+": nothing is left.")
	phonenumber(t, "orphans", "delete", uid, "--yes").want(t, 1, "nothing is left of the OrphanRecord")
	phonenumber(t, "orphans", "list", "--all").want(t, 0, "Closed")
	if trunks := w.Twilio.Trunks(second.SID); len(trunks) > 0 {
		t.Errorf("trunks are left: %v", trunks)
	}
}

// TestRetained says where what stays is listed, and does not delete it.
func TestRetained(t *testing.T) {
	object := number(t, "keeper", "+14155550123", world.Policy(v1alpha1.DeletionPolicyRetain))
	phonenumber(t, "delete", "keeper", "--yes").want(t, 0, "nothing is torn down", "What stays at the providers is listed in the OrphanRecord "+string(object.UID))
	phonenumber(t, "orphans", "delete", "+14155550123", "--yes").want(t, 1, "was retained on purpose")
}

// TestTrunk does with a trunk what can be done with a number.
func TestTrunk(t *testing.T) {
	trunk := w.SIPTrunk("fleet")
	if err := w.Client.Create(t.Context(), trunk); err != nil {
		t.Fatal(err)
	}
	phonenumber(t, "status", "siptrunk/fleet", "--watch").want(t, 0, "SIPTrunk fleet in telephony", "Ready: Active")
	shared := number(t, "shared", "+14155550124", world.OnTrunk("fleet"))
	phonenumber(t, "status", "shared").want(t, 0, "in "+trunkID(t, trunk))
	eventuallySays(t, 0, "1: shared", "fleet", "status", "siptrunk/fleet")
	phonenumber(t, "delete", "siptrunk/fleet", "--dry-run").want(t, 0, "all this waits until no phone number is on it any more (now 1: shared)")
	phonenumber(t, "retry", "siptrunk/fleet").want(t, 0, "SIPTrunk fleet: a retry is asked for.")
	phonenumber(t, "delete", "siptrunk/fleet", "--yes", "--wait=false").want(t, 0)
	phonenumber(t, "delete", "shared", "--yes").want(t, 0, "nothing is left")
	eventuallyGone(t, shared)
	eventuallyGone(t, trunk)
}

func trunkID(t *testing.T, trunk *v1alpha1.SIPTrunk) string {
	t.Helper()
	if err := w.Client.Get(t.Context(), client.ObjectKeyFromObject(trunk), trunk); err != nil {
		t.Fatal(err)
	}
	return trunk.Status.ExternalResources[0].ID
}

func idsOf(entries []v1alpha1.ExternalResource) []string {
	var ids []string
	for _, entry := range entries {
		ids = append(ids, entry.ID)
	}
	return ids
}
