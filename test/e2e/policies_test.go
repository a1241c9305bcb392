package e2e

import (
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestRefusalsSaySomething shows that a policy which refuses says what would be
// right.
func TestRefusalsSaySomething(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	cases := map[string]struct {
		reason    string
		arguments []string
		want      string
	}{
		"NotDeleting": {
			reason:    "Force is no shortcut for a deletion.",
			arguments: []string{"annotate", "phone", "live", "callplane.io/force-delete=true"},
			want:      "Force delete is only allowed for corrupted phone numbers, and live is not being deleted",
		},
		"NotCorrupted": {
			reason:    "What may still go well must not be given up.",
			arguments: []string{"annotate", "phone", "deleting", "callplane.io/force-delete=true"},
			want:      "Force delete is only allowed for corrupted phone numbers, and the cleanup of deleting has not failed: wait until its condition Corrupted is True",
		},
		"NotAllowed": {
			reason:    "Who may edit may not leave things behind.",
			arguments: []string{"annotate", "phone", "corrupted", "callplane.io/force-delete=true"},
			want:      "it needs a permission of its own: update on phonenumbers/force-delete in the namespace " + namespace,
		},
		"OtherValue": {
			reason:    "Any other value would be ignored without a word.",
			arguments: []string{"annotate", "phone", "corrupted", "callplane.io/force-delete=yes"},
			want:      `The value of the annotation callplane.io/force-delete must be "true"`,
		},
		"Finalizer": {
			reason:    "The finalizer guards the only record of what is left.",
			arguments: []string{"patch", "phone", "corrupted", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`},
			want:      "to give up on a number whose cleanup fails, annotate it with callplane.io/force-delete=true. By hand it takes update on phonenumbers/finalizers",
		},
		"InUse": {
			reason:    "An account is kept for its numbers.",
			arguments: []string{"patch", "twilioaccount", "account", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`},
			want:      "the finalizer callplane.io/in-use is removed by Callplane once no phone number or trunk needs account any more",
		},
		"Frozen": {
			reason:    "How far a deletion goes is decided before it begins.",
			arguments: []string{"patch", "phone", "deleting", "--type=merge", "-p", `{"spec":{"deletionPolicy":"Retain"}}`},
			want:      "spec.deletionPolicy of deleting can no longer be changed from Teardown: its deletion has begun",
		},
		"Protected": {
			reason:    "It says how to take the protection off.",
			arguments: []string{"delete", "phone", "protected"},
			want:      "kubectl annotate phonenumber protected -n " + namespace + " callplane.io/deletion-protection-",
		},
		"TrunkNotDeleting": {
			reason:    "Force is no shortcut for the deletion of a trunk either.",
			arguments: []string{"annotate", "siptrunk", "live", "callplane.io/force-delete=true"},
			want:      "Force delete is only allowed for corrupted SIP trunks, and live is not being deleted",
		},
		"TrunkNotCorrupted": {
			reason:    "What waits for its numbers must not be given up.",
			arguments: []string{"annotate", "siptrunk", "deleting", "callplane.io/force-delete=true"},
			want:      "Force delete is only allowed for corrupted SIP trunks, and the cleanup of deleting has not failed: wait until its condition Corrupted is True",
		},
		"TrunkNotAllowed": {
			reason:    "Trunks have a permission of their own.",
			arguments: []string{"annotate", "siptrunk", "corrupted", "callplane.io/force-delete=true"},
			want:      "it needs a permission of its own: update on siptrunks/force-delete in the namespace " + namespace,
		},
		"TrunkFinalizer": {
			reason:    "The finalizer guards the only record of what is left of a trunk.",
			arguments: []string{"patch", "siptrunk", "corrupted", "--type=merge", "-p", `{"metadata":{"finalizers":null}}`},
			want:      "the finalizer callplane.io/teardown is removed by Callplane once nothing of the trunk is left at the providers; to give up on a trunk whose cleanup fails, annotate it with callplane.io/force-delete=true. By hand it takes update on siptrunks/finalizers",
		},
		"TrunkFrozen": {
			reason:    "How far the deletion of a trunk goes is decided before it begins, too.",
			arguments: []string{"patch", "siptrunk", "deleting", "--type=merge", "-p", `{"spec":{"deletionPolicy":"Retain"}}`},
			want:      "spec.deletionPolicy of deleting can no longer be changed from Teardown: its deletion has begun. It takes update on siptrunks/force-delete",
		},
		"TrunkProtected": {
			reason:    "The command is for a trunk.",
			arguments: []string{"delete", "siptrunk", "protected"},
			want:      "kubectl annotate siptrunk protected -n " + namespace + " callplane.io/deletion-protection-",
		},
	}
	editor := user(t, namespace, "writer", "edit")
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, stderr, err := editor.kubectl(t, append([]string{"-n", namespace}, tc.arguments...)...)
			if err == nil || !strings.Contains(stderr, tc.want) {
				t.Errorf("%s It says %q, want %q", tc.reason, stderr, tc.want)
			}
		})
	}
}

// TestOrphanGateSays shows what the policy says to who may change a record, and may
// not have deleted what it lists, and about a value that would do nothing.
func TestOrphanGateSays(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	manager := account(t, world.ManagerNamespace, "callplane-manager")
	record := bareRecord(namespace, "swept", v1alpha1.ReasonSwept)
	if err := asAdmin(t).Get(t.Context(), client.ObjectKeyFromObject(record), record); err != nil {
		t.Fatal(err)
	}
	for value, want := range map[string]string{
		"true": "it needs a permission of its own: update on orphanrecords/delete-external in the namespace callplane-system",
		"yes":  `The value of the annotation callplane.io/delete-external must be "true"`,
	} {
		record.Annotations = map[string]string{v1alpha1.AnnotationDeleteExternal: value}
		if err := manager.Update(t.Context(), record, client.DryRunAll); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: it says %v, want %q", value, err, want)
		}
	}
}

// TestDeletionPlan shows what kubectl says before anything is deleted, and about
// a number that is stuck.
func TestDeletionPlan(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	policy := func(policy v1alpha1.DeletionPolicy) func(*v1alpha1.PhoneNumber) {
		return func(number *v1alpha1.PhoneNumber) { number.Spec.DeletionPolicy = policy }
	}
	for name, change := range map[string]func(*v1alpha1.PhoneNumber){
		"made": policy(v1alpha1.DeletionPolicyTeardown), "released": policy(v1alpha1.DeletionPolicyRelease),
		"retained": policy(v1alpha1.DeletionPolicyRetain), "paused": annotated(v1alpha1.AnnotationPaused),
	} {
		number := bareNumber(namespace, name, change)
		createWith(t, asAdmin(t), number)
		corrupt(t, number)
	}
	taken := bareNumber(namespace, "taken-over")
	createWith(t, asAdmin(t), taken)
	corrupt(t, taken)
	const theirs = "TK11111111111111111111111111111111"
	entry := &taken.Status.ExternalResources[0]
	entry.Slot, entry.Origin, entry.Previous = "attach", v1alpha1.OriginTakenOver, theirs
	if err := asAdmin(t).Status().Update(t.Context(), taken); err != nil {
		t.Fatal(err)
	}
	const trunk = "twilio Trunk TK00000000000000000000000000000000"
	createWith(t, asAdmin(t), bareNumber(namespace, "held", annotated(v1alpha1.AnnotationPaused)))
	cases := map[string]struct {
		reason string
		want   []string
	}{
		"held":       {"The command waits even if there is nothing to do.", []string{"so nothing is torn down. All this waits until"}},
		"live":       {"Nothing is promised to be torn down that was never made.", []string{"PhoneNumber live (+14155550100): nothing was made for it at the providers, so nothing is torn down"}},
		"made":       {"What goes, and that the number does not.", []string{"PhoneNumber made (+14155550100): torn down: " + trunk + ". The number itself stays in the account"}},
		"released":   {"Giving a number back is for good.", []string{"torn down: " + trunk + ". Then the number is given back to the carrier, for good"}},
		"taken-over": {"Where the number goes.", []string{"torn down: " + trunk + ". The number goes back to " + theirs + ", from which it was taken"}},
		"retained":   {"Nothing goes, and where that is written.", []string{"nothing is torn down; what stays is listed in an OrphanRecord", trunk}},
		"paused":     {"The command will wait, and for what.", []string{"torn down: " + trunk, "All this waits until the annotation callplane.io/paused is removed"}},
		"deleting":   {"A second DELETE changes nothing.", []string{"PhoneNumber deleting (+14155550100) is being deleted already"}},
		"corrupted": {"The cause, then the retry, then cleaning up, and force last.", []string{
			"PhoneNumber corrupted (+14155550100) is stuck. Failed to cleanup external resources. Twilio refused the credentials.",
			"remove the cause", "callplane.io/retry-requested-at=", "Clean up by hand", "callplane.io/force-delete=true",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantWarning(t, namespace, "phonenumber/"+name, tc.want...)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

// TestPlanOfARealNumber shows that the plan names all that exists, and that a dry
// run changes nothing.
func TestPlanOfARealNumber(t *testing.T) {
	w, _ := calmWorld(t)
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	want := []string{"PhoneNumber support-line (" + w.Number + "): new calls no longer reach the agent support; then torn down: "}
	for _, entry := range number.Status.ExternalResources {
		if entry.Origin != v1alpha1.OriginAdopted {
			want = append(want, entry.Kind+" "+entry.ID)
		}
	}
	wantWarning(t, w.Namespace, "phonenumber/support-line", want...)
	if after := get(t, w, "support-line"); after.ResourceVersion != number.ResourceVersion {
		t.Error("a dry run changed the object")
	}
	setToken(t, w, wrongToken)
	remove(t, w, number)
	number = awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	_, message := condition(number, v1alpha1.ConditionCorrupted)
	wantWarning(t, w.Namespace, "phonenumber/support-line", message, "retry-requested-at", "force-delete=true")
}

// wantWarning sees that a dry run of the deletion of kind/name says some things in
// order, in one line.
func wantWarning(t *testing.T, namespace, object string, want ...string) {
	t.Helper()
	_, stderr, err := plane.Kubectl(t.Context(), "delete", object, "-n", namespace, "--dry-run=server")
	if err != nil {
		t.Fatal(err)
	}
	rest := stderr
	for _, words := range want {
		_, after, found := strings.Cut(rest, words)
		if !found {
			t.Errorf("the warning is %q, want in this order %q", stderr, want)
			return
		}
		rest = after
	}
	if lines := strings.Count(strings.TrimSpace(stderr), "\n"); lines != 0 || len(stderr) > 4000 {
		t.Errorf("the warning has %d lines too many and %d characters, want one line under 4000: %s", lines, len(stderr), stderr)
	}
}

// TestLongPlan shows that a warning has an end, however much would go.
func TestLongPlan(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	admin := asAdmin(t)
	number := bareNumber(namespace, "live")
	if err := admin.Get(t.Context(), client.ObjectKeyFromObject(number), number); err != nil {
		t.Fatal(err)
	}
	for i := range 32 {
		number.Status.ExternalResources = append(number.Status.ExternalResources, v1alpha1.ExternalResource{
			Slot: "slot" + string(rune('a'+i%26)) + string(rune('a'+i/26)), Provider: strings.Repeat("p", 32), Kind: strings.Repeat("K", 63), Account: "AC0",
			ID: strings.Repeat("0", 64), Connection: v1alpha1.Connection{Kind: "K", Name: "n"}, Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
		})
	}
	if err := admin.Status().Update(t.Context(), number); err != nil {
		t.Fatal(err)
	}
	wantWarning(t, namespace, "phonenumber/live", "torn down: ", "...")
}
