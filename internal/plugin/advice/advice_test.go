package advice

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func number(change ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "support-line", Generation: 2}}
	n.Status.ObservedGeneration = 2
	for _, edit := range change {
		edit(n)
	}
	return n
}

func is(kind string, status metav1.ConditionStatus, reason, message string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Status.Conditions = append(n.Status.Conditions, metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message})
	}
}

func deleted(n *v1alpha1.PhoneNumber) {
	n.DeletionTimestamp = &metav1.Time{Time: time.Date(2026, 11, 28, 0, 0, 0, 0, time.UTC)}
}

func onHold(n *v1alpha1.PhoneNumber) {
	n.Annotations = map[string]string{v1alpha1.AnnotationPaused: "true"}
}

func behind(n *v1alpha1.PhoneNumber) { n.Status.ObservedGeneration = 1 }

const failed = "Failed to cleanup external resources. Twilio refused the credentials. Left: twilio Trunk TK1. See https://github.com/callplane/callplane/blob/main/docs/cleanup.md#twilio-trunk"

func TestJudge(t *testing.T) {
	active := is("Ready", "True", "Active", "set up")
	corrupted := is("Corrupted", "True", "AuthenticationFailed", failed)
	cases := map[string]struct {
		reason string
		number *v1alpha1.PhoneNumber
		state  State
		says   string
		next   []string
	}{
		"Active":       {"nobody need do anything", number(active), Ready, "Active", nil},
		"New":          {"nobody has looked at it", number(behind), SettingUp, "", []string{"kubectl phonenumber doctor -n telephony"}},
		"Edited":       {"what was said of an earlier spec is no news", number(active, behind), SettingUp, "", []string{"kubectl phonenumber doctor -n telephony"}},
		"Provisioning": {"it goes on by itself", number(is("Ready", "False", "Provisioning", "")), SettingUp, "Provisioning", nil},
		"Conflict":     {"somebody must act", number(is("Ready", "False", "Conflict", "")), NotReady, "Conflict", []string{"", "kubectl phonenumber retry support-line -n telephony"}},
		"Paused": {"it is held on purpose", number(active, onHold), Ready, "Active",
			[]string{"kubectl annotate phonenumber/support-line callplane.io/paused- -n telephony"}},
		"Deleting": {"it goes on by itself", number(deleted, is("Deleting", "True", "Unlinking", "")), Deleting, "Unlinking", nil},
		"Begun":    {"a deletion that nobody has seen", number(deleted, active), Deleting, "", []string{"kubectl phonenumber doctor -n telephony"}},
		"Retrying": {"it can be hurried", number(deleted, is("Deleting", "True", "Retrying", "")), Deleting, "Retrying",
			[]string{"kubectl phonenumber retry support-line -n telephony"}},
		"Blocked": {"it waits for others", number(deleted, is("Deleting", "True", "Blocked", "")), Held, "Blocked", []string{""}},
		"Held": {"it waits for whoever paused it", number(deleted, onHold, is("Deleting", "True", "Paused", "")), Held, "Paused",
			[]string{"kubectl annotate phonenumber/support-line callplane.io/paused- -n telephony"}},
		"Corrupted": {"the ways out come in their order, force last", number(deleted, corrupted), Corrupted, "AuthenticationFailed",
			[]string{"", "kubectl phonenumber retry support-line -n telephony", "", "kubectl phonenumber force-delete support-line -n telephony"}},
		"Corrupted alive": {"what is not being deleted cannot be forced", number(corrupted), Corrupted, "AuthenticationFailed",
			[]string{"", "kubectl phonenumber retry support-line -n telephony", ""}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Of(tc.number); got != tc.state {
				t.Errorf("%s: the state is %s, want %s", tc.reason, got, tc.state)
			}
			says := ""
			if condition := Says(tc.number); condition != nil {
				says = condition.Reason
			}
			if says != tc.says {
				t.Errorf("%s: it says %q, want %q", tc.reason, says, tc.says)
			}
			var commands []string
			for _, step := range Next(tc.number) {
				commands = append(commands, step.Command)
			}
			if diff := cmp.Diff(tc.next, commands); diff != "" {
				t.Errorf("%s: commands (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

// TestGuide links the section that the message names, and the page for any other link.
func TestGuide(t *testing.T) {
	const page = "https://github.com/callplane/callplane/blob/main/docs/cleanup.md"
	for message, want := range map[string]string{failed: page + "#twilio-trunk", "x": page, "See https://example.com/x": page} {
		if got := section(message); got != want {
			t.Errorf("%s leads to %s, want %s", message, got, want)
		}
	}
}

// reasons are those of Ready in the tables of the documentation.
var reasons = regexp.MustCompile("(?m)^\\| (?:False )?`([A-Z][A-Za-z]+)`")

// TestEveryReasonHasACure reads which reasons there are from the pages that explain them.
func TestEveryReasonHasACure(t *testing.T) {
	// What goes on by itself, or is no state in which anything is wrong.
	fine := strings.Fields("Active Verified Accepted Provisioning Deleting AwaitingBudget Unlinking TearingDown Verifying Retrying CleanupFailed Blocked Paused" +
		" Deleted ForceDeleted ForceDeleteRefused ForceDeleteWaits TookOver LeftAlone InProgress AllDeleted CompletedWithErrors TooManyMatches InvalidSelector" +
		" Retained Swept OrphansGone DeleteExternalRefused Ready Corrupted Reconciling Stalled Complete Failed NotCorrupted")
	page, err := os.ReadFile("../../../docs/conditions.md")
	if err != nil {
		t.Fatal(err)
	}
	found := reasons.FindAllStringSubmatch(string(page), -1)
	if len(found) < 30 {
		t.Fatalf("only %d reasons were found", len(found))
	}
	for _, match := range found {
		if reason := match[1]; cures[reason] == "" && !strings.Contains(" "+strings.Join(fine, " ")+" ", " "+reason+" ") {
			t.Errorf("nothing helps against %s", reason)
		}
	}
}

func TestTrunk(t *testing.T) {
	trunk := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "fleet"}}
	trunk.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: "False", Reason: "QuotaExceeded"}}
	steps := Next(trunk)
	if want := "kubectl phonenumber retry siptrunk/fleet -n telephony"; len(steps) != 2 || steps[1].Command != want {
		t.Errorf("the steps are %+v, want the last one to be %s", steps, want)
	}
}
