package e2e

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	forceIt    = "callplane.io/force-delete=true"
	wrongToken = "wrongwrongwrongwrongwrongwrongwr"
)

// corruptedWorld has a number whose cleanup has failed: its token is wrong.
func corruptedWorld(t *testing.T) (*world.World, *world.Manager, *v1alpha1.PhoneNumber) {
	t.Helper()
	w, manager := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	setToken(t, w, wrongToken)
	remove(t, w, number)
	number = awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	quiet(t, w)
	return w, manager, number
}

// TestForceDelete forces a number, as a user who may, while both providers are
// unreachable and its account is gone: all that is left is on record, and nobody
// was called and no Secret was read.
func TestForceDelete(t *testing.T) {
	w, manager, _ := corruptedWorld(t)
	w.Twilio.Inject(twiliosim.Fault{Action: twiliosim.Hang(), Count: twiliosim.Forever})
	w.Proxy.Spoil(livekit.Fault{Count: livekit.Always, Answer: livekit.Hang()})
	loseAccount(t, w)
	number := awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassCredentialsMissing)
	quiet(t, w)
	start, calls := time.Now(), len(w.Twilio.Calls())+len(w.Proxy.Calls())

	forcer := user(t, w.Namespace, "forcer", "callplane-force-delete")
	if _, stderr, err := forcer.kubectl(t, "annotate", "phonenumber", "support-line", "-n", w.Namespace, forceIt); err != nil {
		t.Fatal(err, stderr)
	}
	awaitGone(t, w, number.DeepCopy())
	wantOrphanRecord(t, w, number, v1alpha1.ReasonForceDeleted)
	wantEvent(t, w, number, "ForceDeleted")
	if now := len(w.Twilio.Calls()) + len(w.Proxy.Calls()); now != calls {
		t.Errorf("%d calls were made by a force delete", now-calls)
	}
	wantNoSecretRead(t, w, start)
	for _, entry := range number.Status.ExternalResources {
		if !strings.Contains(manager.Log(), entry.ID) {
			t.Errorf("the log does not name %s %s", entry.Kind, entry.ID)
		}
	}
	if metrics := scrape(t, plane, manager); !strings.Contains(metrics, "callplane_phonenumber_force_deletions_total 1") {
		t.Error("the metrics do not count one force delete")
	}
	if len(w.Twilio.Trunks("")) != 1 {
		t.Error("the trunk is gone, want it left as it was")
	}
}

// loseAccount deletes the account with its Secret, whoever holds them.
func loseAccount(t *testing.T, w *world.World) {
	t.Helper()
	for _, object := range []client.Object{w.TwilioAccount(), w.TwilioSecret()} {
		remove(t, w, object)
		err := w.Client.Patch(t.Context(), object, merge(`{"metadata":{"finalizers":null}}`))
		if client.IgnoreNotFound(err) != nil {
			t.Fatal(err)
		}
	}
}

func wantNoSecretRead(t *testing.T, w *world.World, start time.Time) {
	t.Helper()
	events, err := w.Plane.AuditSince(start)
	if err != nil {
		t.Fatal(err)
	}
	for _, event := range events {
		if event.User == managerUser && event.Resource == "secrets" && event.Verb == "get" && event.Namespace == w.Namespace {
			t.Errorf("the manager read the Secret %s", event.Name)
		}
	}
}

// TestForceInTerminatingNamespace shows that a number whose namespace is being
// deleted can be forced: nothing has to be created there.
func TestForceInTerminatingNamespace(t *testing.T) {
	w, _, number := corruptedWorld(t)
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
	remove(t, w, namespace)
	annotate(t, w, "support-line", "callplane.io/force-delete", "true")
	awaitGone(t, w, number.DeepCopy())
	wantOrphanRecord(t, w, number, v1alpha1.ReasonForceDeleted)
	eventually(t, "the namespace to be gone", func(ctx context.Context) string {
		if apierrors.IsNotFound(w.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace)) {
			return ""
		}
		return "it is still there"
	})
}

// TestForceWhileCalling forces a number while a retry is under way whose calls take
// their effect late: what it has seen to be gone is not on record.
func TestForceWhileCalling(t *testing.T) {
	w, manager, number := corruptedWorld(t)
	slow := w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Delay(2 * time.Second)})
	setToken(t, w, w.Account.AuthToken)
	eventually(t, "the trunk to be about to go", func(context.Context) string {
		if slow.Hits() == 0 {
			return "it has not been asked to go"
		}
		return ""
	})
	annotate(t, w, "support-line", "callplane.io/force-delete", "true")
	awaitGone(t, w, number.DeepCopy())
	wantHoldings(t, w, nothing)
	var record v1alpha1.OrphanRecord
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: world.ManagerNamespace, Name: string(number.UID)}, &record); err != nil {
		t.Fatal(err)
	}
	for _, entry := range record.Status.Resources {
		if entry.Slot != "number" {
			t.Errorf("the record lists the %s %s, which is gone", entry.Kind, entry.ID)
		}
	}
	for _, entry := range number.Status.ExternalResources {
		late := func(line string) bool {
			return strings.Contains(line, "Late result of a cleanup") && strings.Contains(line, entry.ID)
		}
		if !slices.ContainsFunc(strings.Split(manager.Log(), "\n"), late) {
			t.Errorf("the log does not tell what became of %s %s", entry.Kind, entry.ID)
		}
	}
}

// TestForceRefusedByTheManager shows that the manager judges for itself when no
// policy does: the annotation goes, and the deletion ends as any other.
func TestForceRefusedByTheManager(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	withoutForceGate(t)
	annotate(t, w, "support-line", "callplane.io/force-delete", "true")
	eventually(t, "the annotation to be taken off", func(context.Context) string {
		if _, there := get(t, w, "support-line").Annotations[v1alpha1.AnnotationForceDelete]; there {
			return "it is still there"
		}
		return ""
	})
	wantEvent(t, w, number, v1alpha1.ReasonForceDeleteRefused)
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

// TestTakeOverAfterForce creates a number again that was forced: it takes over what
// was left, under the same ids, and deleting it leaves nothing.
func TestTakeOverAfterForce(t *testing.T) {
	w, _, number := corruptedWorld(t)
	annotate(t, w, "support-line", "callplane.io/force-delete", "true")
	awaitGone(t, w, number.DeepCopy())
	trunk := w.Twilio.Trunks("")[0]
	setToken(t, w, w.Account.AuthToken)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	again := awaitActive(t, w, "support-line")
	wantOneOfEach(t, w)
	wantRoute(t, w, again)
	if now := w.Twilio.Trunks("")[0]; now.SID != trunk.SID || !strings.Contains(now.FriendlyName, string(again.UID)) {
		t.Errorf("the trunk is %s, named %s; want %s with the UID %s in its name", now.SID, now.FriendlyName, trunk.SID, again.UID)
	}
	wantClosed(t, w, number)
	wantEvent(t, w, again, "TookOver")
	remove(t, w, again)
	awaitGone(t, w, again)
	wantHoldings(t, w, nothing)
}

func wantClosed(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	var record v1alpha1.OrphanRecord
	if err := w.Client.Get(t.Context(), client.ObjectKey{Namespace: world.ManagerNamespace, Name: string(number.UID)}, &record); err != nil {
		t.Fatal(err)
	}
	if record.Status.State != v1alpha1.OrphanClosed {
		t.Errorf("the record is %s and lists %v, want it closed", record.Status.State, record.Status.Resources)
	}
}

// TestRestored shows that a number whose object was lost and created again, from
// Git or from a backup, finds what it had at both providers, however often.
func TestRestored(t *testing.T) {
	for name, finalizers := range map[string][]string{"FromGit": nil, "FromABackup": {v1alpha1.FinalizerTeardown}} {
		t.Run(name, func(t *testing.T) {
			w, _ := readyWorld(t)
			create(t, w, w.PhoneNumber("support-line", world.Outbound))
			number := awaitActive(t, w, "support-line")
			ids := ledgerIDs(number)
			for range 2 {
				loseNumber(t, w, number)
				create(t, w, w.PhoneNumber("support-line", world.Outbound, func(n *v1alpha1.PhoneNumber) { n.Finalizers = finalizers }))
				number = awaitActive(t, w, "support-line")
				if diff := cmp.Diff(ids, ledgerIDs(number)); diff != "" {
					t.Errorf("ids (-before +after):\n%s", diff)
				}
				wantOneOfEach(t, w)
			}
			wantRoute(t, w, number)
			remove(t, w, number)
			awaitGone(t, w, number)
			wantHoldings(t, w, nothing)
		})
	}
}

// loseNumber strips the finalizers and deletes the object, as an administrator can.
func loseNumber(t *testing.T, w *world.World, number *v1alpha1.PhoneNumber) {
	t.Helper()
	if err := w.Client.Patch(t.Context(), number, merge(`{"metadata":{"finalizers":null}}`)); err != nil {
		t.Fatal(err)
	}
	remove(t, w, number)
	awaitGone(t, w, number.DeepCopy())
}

// TestRestoredWithLess shows that what a number asked for before its status was
// lost is taken down with it one day, though it asks for less by then.
func TestRestoredWithLess(t *testing.T) {
	w, manager := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	if err := manager.Stop(); err != nil {
		t.Fatal(err)
	}
	loseNumber(t, w, number)
	startManager(t, w)
	create(t, w, w.PhoneNumber("support-line"))
	number = awaitActive(t, w, "support-line")
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}

// ledgerIDs leaves out the credential, which is made anew with the login.
func ledgerIDs(number *v1alpha1.PhoneNumber) []string {
	var ids []string
	for _, entry := range number.Status.ExternalResources {
		if entry.Slot != "cred" {
			ids = append(ids, entry.Slot+" "+entry.ID)
		}
	}
	slices.Sort(ids)
	return ids
}

// TestNumberLost shows that a number which an earlier object of the name had, and
// which is no longer in the account, is said to be lost.
func TestNumberLost(t *testing.T) {
	w, _, number := corruptedWorld(t)
	annotate(t, w, "support-line", "callplane.io/force-delete", "true")
	awaitGone(t, w, number.DeepCopy())
	setToken(t, w, w.Account.AuthToken)
	w.Twilio.RemoveNumber(w.Twilio.Numbers(w.Account.SID)[0].SID)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	awaitReason(t, w, "support-line", v1alpha1.ConditionReady, v1alpha1.ReasonNumberLost)
}
