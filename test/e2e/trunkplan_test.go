package e2e

import (
	"fmt"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestTrunkDeletionPlan shows what kubectl says before a trunk is deleted: what goes,
// and which numbers it waits for.
func TestTrunkDeletionPlan(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	const (
		trunk  = "twilio Trunk TK00000000000000000000000000000000"
		paused = "All this waits until the annotation callplane.io/paused is removed"
	)
	cases := map[string]struct {
		reason  string
		change  func(*v1alpha1.SIPTrunk)
		numbers int
		want    string
	}{
		"unused":   {"Nothing is waited for.", unchanged, 0, "SIPTrunk unused: torn down: " + trunk + "\n"},
		"one":      {"The number that holds it is named.", unchanged, 1, trunk + ". All this waits until no phone number is on it any more (now 1: line-001)\n"},
		"five":     {"As many as there is room for are named.", unchanged, 5, "(now 5: line-001, line-002, line-003, line-004, line-005)\n"},
		"many":     {"The others are counted, also those that the status has no room for.", unchanged, 1000, "(now 1000: line-001, line-002, line-003, line-004, line-005 and 995 more)\n"},
		"retained": {"Nothing goes, and where that is written.", retainedTrunk, 0, "nothing is torn down; what stays is listed in an OrphanRecord in the namespace of the manager: " + trunk + "\n"},
		"paused":   {"The command will wait, and for what.", annotatedTrunk(v1alpha1.AnnotationPaused), 0, trunk + ". " + paused + "\n"},
		"both":     {"It waits for whatever comes last.", annotatedTrunk(v1alpha1.AnnotationPaused), 2, trunk + ". " + paused + ", and until no phone number is on it any more (now 2: line-001, line-002)\n"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			shared := bareTrunk(namespace, name, tc.change)
			createWith(t, asAdmin(t), shared)
			corrupt(t, shared)
			use(t, shared, tc.numbers)
			wantWarning(t, namespace, "siptrunk/"+name, tc.want)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}

func unchanged(*v1alpha1.SIPTrunk) {}

// use writes the status of a trunk that so many numbers are on.
func use(t *testing.T, trunk *v1alpha1.SIPTrunk, numbers int) {
	t.Helper()
	var names []string
	for i := range min(numbers, 100) {
		names = append(names, fmt.Sprintf("line-%03d", i+1))
	}
	trunk.Status.Numbers = &v1alpha1.Users{Count: new(int32(numbers)), Names: names}
	if err := asAdmin(t).Status().Update(t.Context(), trunk); err != nil {
		t.Fatal(err)
	}
}

// TestTrunkDeletionPlanAtEnds shows what is said of a trunk for which nothing was made,
// of one that is being deleted already, and of one that is stuck.
func TestTrunkDeletionPlanAtEnds(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	cases := map[string]struct {
		reason string
		want   []string
	}{
		"live":     {"Nothing is promised to be torn down that was never made.", []string{"SIPTrunk live: nothing was made for it at the providers, so nothing is torn down\n"}},
		"deleting": {"A second DELETE changes nothing.", []string{"SIPTrunk deleting is being deleted already\n"}},
		"corrupted": {"The cause, then the retry, then cleaning up, and force last.", []string{
			"SIPTrunk corrupted is stuck. Failed to cleanup external resources. Twilio refused the credentials.", "remove the cause",
			"kubectl annotate siptrunk corrupted -n " + namespace + " --overwrite callplane.io/retry-requested-at=", "Clean up by hand",
			"kubectl annotate siptrunk corrupted -n " + namespace + " callplane.io/force-delete=true",
		}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantWarning(t, namespace, "siptrunk/"+name, tc.want...)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
}
