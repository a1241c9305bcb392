package plugin

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// ids are those of providers in a text.
var ids = regexp.MustCompile(`\b(TK|OU|CL|CR|AL|PN)[0-9a-f]{32}\b|\b(ST|SDR)_[A-Za-z0-9]+\b`)

func idsIn(text string) []string {
	found := ids.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

// TestDelete asks before it deletes, shows what goes, and follows it to the end.
func TestDelete(t *testing.T) {
	object := number(t, "leaver", "+14155550103", world.Outbound)
	refusals := map[string]struct {
		reason    string
		answer    string
		arguments []string
		code      int
		said      []string
	}{
		"Client": {"a client dry run shows what goes", "", []string{"--dry-run=client"}, 0, []string{"Nothing was deleted (client dry run).", "new calls no longer reach the agent support", "the number itself stays in the account"}},
		"Server": {"a server dry run is judged too", "", []string{"--dry-run=server"}, 0, []string{"Nothing was deleted (server dry run)"}},
		"No":     {"no is no", "n\n", nil, 1, []string{"Delete it? [y/N]", "error: nothing was done"}},
		"Other":  {"what is not yes is no", "sure\n", nil, 1, []string{"error: nothing was done"}},
		"Nobody": {"without an answer nothing is done", "", nil, 1, []string{"nobody answered; --yes does not ask"}},
		"Typo":   {"a dry run that nobody knows is none", "y\n", []string{"--dry-run=maybe"}, 1, []string{"must be none, client or server"}},
		"Batch":  {"what is for many is refused for one", "y\n", []string{"--agent=support"}, 1, []string{"are for several numbers"}},
	}
	for name, tc := range refusals {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			typed(t, tc.answer, append([]string{"delete", "leaver"}, tc.arguments...)...).want(t, tc.code, tc.said...)
			if gone(t, object) || !object.DeletionTimestamp.IsZero() {
				t.Fatal("it is being deleted")
			}
		})
	}
	t.Run("Plan", func(t *testing.T) { wantSamePlan(t) })

	got := typed(t, "y\n", "delete", "leaver")
	got.want(t, 0, "PhoneNumber leaver (+14155550103) is deleted, and nothing is left of it at the providers.")
	if strings.Contains(got.stderr, "Warning") || !gone(t, object) {
		t.Errorf("gone: %v, stderr: %s", gone(t, object), got.stderr)
	}
	for _, trunk := range w.Twilio.Trunks(w.Account.SID) {
		if strings.Contains(trunk.FriendlyName, string(object.UID)) {
			t.Errorf("the trunk %s is left", trunk.SID)
		}
	}
}

// wantSamePlan compares what the plugin says will go with what the policy says.
func wantSamePlan(t *testing.T) {
	t.Helper()
	_, warning, err := plane.Kubectl(t.Context(), "delete", "phonenumber", "leaver", "-n", w.Namespace, "--dry-run=server")
	if err != nil {
		t.Fatal(err)
	}
	plan := phonenumber(t, "delete", "leaver", "--dry-run=client")
	goes, _, _ := strings.Cut(plan.stdout, "Stays")
	if diff := cmp.Diff(idsIn(warning), idsIn(goes)); diff != "" {
		t.Errorf("what goes (-the policy's plan +the plugin's):\n%s", diff)
	}
}

// TestProtected is refused by the API server before anybody is asked.
func TestProtected(t *testing.T) {
	object := number(t, "guarded", "+14155550104", func(n *v1alpha1.PhoneNumber) {
		n.Annotations = map[string]string{v1alpha1.AnnotationDeletionProtection: "true"}
	})
	got := typed(t, "y\n", "delete", "guarded")
	got.want(t, 1, "is protected from deletion")
	if strings.Contains(got.stderr, "Delete it?") {
		t.Error("it asks for what is refused anyway")
	}
	patch(t, object, `{"metadata":{"annotations":{"callplane.io/deletion-protection":null}}}`)
}

// TestWaiting ends before the deletion does.
func TestWaiting(t *testing.T) {
	object := number(t, "slow", "+14155550105")
	patch(t, object, `{"metadata":{"annotations":{"callplane.io/paused":"true"}}}`)
	phonenumber(t, "delete", "slow", "--yes", "--wait=false").want(t, 0, "is being deleted.")
	phonenumber(t, "delete", "slow", "--dry-run=client").want(t, 0, "is being deleted already")
	phonenumber(t, "delete", "slow", "--timeout=1s").want(t, 3, "is being deleted already", "0 of 5 gone, Paused", "is still being deleted")
	eventuallySays(t, 3, "Held: Paused", "kubectl annotate phonenumber/slow callplane.io/paused- -n telephony", "status", "slow")
	interrupted(t, "delete", "slow")
	w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Delay(time.Second)})
	patch(t, object, `{"metadata":{"annotations":{"callplane.io/paused":null}}}`)
	phonenumber(t, "status", "slow", "--watch").want(t, 0, "PhoneNumber slow (+14155550105) is gone.")
}

// interrupted ends a command with Ctrl-C.
func interrupted(t *testing.T, arguments ...string) {
	t.Helper()
	following := follow(t, arguments...)
	following.until(t, "Paused")
	if err := following.command.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	following.end(t).want(t, 130, "goes on by itself")
}

// TestDeleteMany deletes numbers that are named, listed and labelled.
func TestDeleteMany(t *testing.T) {
	for i, name := range []string{"many-a", "many-b", "many-c", "many-d"} {
		number(t, name, "+1415555011"+string(rune('0'+i)), func(n *v1alpha1.PhoneNumber) {
			n.Labels = map[string]string{"team": name}
			if name == "many-d" {
				n.Annotations = map[string]string{v1alpha1.AnnotationDeletionProtection: "true"}
			}
		})
	}
	list := filepath.Join(t.TempDir(), "numbers.txt")
	if err := os.WriteFile(list, []byte("# cancelled\n+14155550110 # the first\n\nmany-d\n+14155559999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	phonenumber(t, "delete", "-f", list, "--dry-run=client").want(t, 0, "3 numbers", "many-a", "is protected from deletion", "no PhoneNumber of this namespace has it", "(client dry run)")
	phonenumber(t, "delete", "-f", list, "--dry-run=client", "-o", "yaml").want(t, 0, "kind: PhoneNumberDeletion", "- \"+14155550110\"")
	phonenumber(t, "delete", "-f", list, "--dry-run=server").want(t, 2, "+14155550110 Would be deleted", "+14155550110   Would be deleted", "Would delete 1 of 3 numbers")
	phonenumber(t, "delete", "-f", list, "--dry-run=server", "--timeout=1ms").want(t, 3, "What would be deleted is not known yet")
	phonenumber(t, "delete", "many-b", "many-b", "--dry-run=client").want(t, 0, "1 number in telephony is to be deleted")
	typed(t, "n\n", "delete", "-f", list).want(t, 1, "Delete these 3 numbers?", "nothing was done")
	wantBatches(t, 0)

	got := phonenumber(t, "delete", "-f", list, "--yes")
	got.want(t, 2, "+14155550110 Deleted", "+14155559999 Failed", "No PhoneNumber of this namespace has this number.", "Deleted 1 of 3 numbers")
	got = phonenumber(t, "delete", "many-b", "+14155550112", "--yes", "-o", "json")
	got.want(t, 0, `"kind": "PhoneNumberDeletion"`, `"reason": "AllDeleted"`)
	wantBatches(t, 2)

	patch(t, w.PhoneNumber("many-d"), `{"metadata":{"annotations":{"callplane.io/deletion-protection":null}}}`)
	phonenumber(t, "delete", "-l", "team=nobody", "--yes").want(t, 0, "No number of the namespace telephony has these labels.")
	phonenumber(t, "delete", "-l", "team=many-d", "--yes", "--agent=sales").want(t, 2, "belongs to the agent support, not to sales")
	phonenumber(t, "delete", "-l", "team in (many-d)", "--yes", "--wait=false", "-o", "name").want(t, 0, "phonenumberdeletion.callplane.io/plugin-")
	eventually(t, "many-d to be gone", func(context.Context) string {
		if gone(t, w.PhoneNumber("many-d")) {
			return ""
		}
		return "it is there"
	})
}

func wantBatches(t *testing.T, want int) {
	t.Helper()
	var list v1alpha1.PhoneNumberDeletionList
	if err := w.Client.List(t.Context(), &list); err != nil {
		t.Fatal(err)
	}
	if len(list.Items) != want {
		t.Errorf("there are %d PhoneNumberDeletions, want %d", len(list.Items), want)
	}
}
