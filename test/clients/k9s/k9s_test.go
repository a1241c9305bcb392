//go:build clients

// Package k9s tries the files of config/k9s with the real k9s: a person's keys go in
// through a terminal, and what they do is seen on the screen and on the objects.
package k9s

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/world"
)

// red is what k9s paints a row with that is not valid.
const red = "38;2;255;69;0"

// TestK9s goes through a day of somebody who looks after numbers with k9s. One k9s goes
// through all of it, as it would; each part needs what the one before has left.
func TestK9s(t *testing.T) {
	w := stage.New(t)
	for _, object := range []client.Object{
		w.SIPTrunk("fleet"),
		w.PhoneNumber("support-line"),
		w.PhoneNumber("sales-line", numbered(stage.AddNumber(w, "+14155550101"))),
		w.PhoneNumber("night-line", numbered(stage.AddNumber(w, "+14155550102")), world.OnTrunk("fleet"), withoutAgent),
		w.PhoneNumber("old-line", numbered(stage.AddNumber(w, "+14155550103"))),
	} {
		if err := w.Client.Create(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"support-line", "sales-line", "night-line", "old-line"} {
		stage.AwaitReason(t, w, name, v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	}
	d := day{w: w, terminal: startK9s(t, w)}
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Rows", d.rows},
		{"Jumps", d.jumps},
		{"Delete", d.delete},
		{"PauseAndResume", d.pauseAndResume},
		{"Corrupted", d.corrupted},
		{"Why", d.why},
		{"Retry", d.retry},
		{"ForceDelete", d.forceDelete},
		{"OrphanRecord", d.orphanRecord},
		{"Batch", d.batch},
	} {
		if !t.Run(part.name, part.run) {
			return
		}
	}
}

type day struct {
	terminal
	w *world.World
}

func (d day) rows(t *testing.T) {
	d.open(t, "phonenumbers")
	d.awaitRow(t, "support-line", "+14155550100", "support", "True", "Active", "False")
	d.awaitRow(t, "night-line", "+14155550102", "True", "Active", "False")
	if colour := d.colour(t, "+14155550100"); colour == red || colour == "" {
		t.Errorf("the row of a number that is well has the colour %q", colour)
	}
	for key, row := range map[string][]string{
		"@": {"fleet", "1", "True", "Active", "False"},
		"#": {world.AccountName, "AC", "True", "Verified", "3"},
		"$": {world.ProjectName, "http", "True", "Verified", "4"},
		"%": {world.AgentName, "support-agent", "True", "Accepted", "3"},
	} {
		d.write(t, key)
		d.awaitRow(t, row...)
	}
}

// jumps presses Enter on what numbers refer to.
func (d day) jumps(t *testing.T) {
	for _, jump := range []struct {
		kind, name string
		shows      []string
		without    string
	}{
		{"voiceagents", world.AgentName, []string{"support-line", "sales-line", "old-line"}, "night-line"},
		{"siptrunks", "fleet", []string{"night-line"}, "support-line"},
		{"twilioaccounts", world.AccountName, []string{"support-line", "sales-line", "old-line"}, "night-line"},
		{"livekitprojects", world.ProjectName, []string{"support-line", "sales-line", "old-line", "night-line"}, "fleet"},
	} {
		d.pick(t, jump.kind, jump.name)
		d.press(t, "Enter")
		screen := d.await(t, append(jump.shows, fmt.Sprintf("[%d]", len(jump.shows)), "honenumbers(")...)
		if strings.Contains(screen, jump.without) {
			t.Errorf("Enter on %s %s shows %s too:\n%s", jump.kind, jump.name, jump.without, screen)
		}
	}
	d.pick(t, "phonenumbers", "support-line")
	d.press(t, "Enter")
	d.await(t, "vents(", "Active")
}

func (d day) delete(t *testing.T) {
	old := d.number(t, "old-line")
	d.pick(t, "phonenumbers", "old-line")
	d.deleteSelected(t)
	stage.AwaitGone(t, d.w, old)
	d.open(t, "phonenumbers")
	d.await(t, "[3]")
	d.awaitWithout(t, "old-line")
	if left := d.w.Twilio.NumbersOn(trunkOf(old)); len(left) > 0 {
		t.Errorf("Twilio still has %v on the trunk", left)
	}
}

func (d day) pauseAndResume(t *testing.T) {
	d.pick(t, "phonenumbers", "support-line")
	d.press(t, "H")
	d.confirm(t, "Pause")
	d.awaitAnnotation(t, "support-line", v1alpha1.AnnotationPaused, "true")
	d.deleteSelected(t)
	stage.AwaitReason(t, d.w, "support-line", v1alpha1.ConditionDeleting, v1alpha1.ReasonPaused)
	number := d.number(t, "support-line")
	d.press(t, "U")
	d.confirm(t, "Resume")
	stage.AwaitGone(t, d.w, number)
}

// corrupted sees that a number whose cleanup fails is red, and is the only one that the
// list of faults has.
func (d day) corrupted(t *testing.T) {
	d.w.Twilio.RevokeToken(d.w.Account.SID)
	d.pick(t, "phonenumbers", "sales-line")
	d.deleteSelected(t)
	stage.AwaitReason(t, d.w, "sales-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	d.open(t, "phonenumbers")
	d.awaitRow(t, "sales-line", "+14155550101", "support", "False", "AuthenticationFailed", "True", "Failed to cleanup external resources.")
	stage.Eventually(t, "the row to be red", func(context.Context) string {
		if colour := d.colour(t, "+14155550101"); colour != red {
			return "it is " + colour
		}
		return ""
	})
	if colour := d.colour(t, "+14155550102"); colour == red {
		t.Error("the row of a number that is well is red, too")
	}
	t.Logf("what k9s shows:\n%s", d.screen(t))
	d.press(t, "C-z")
	d.awaitWithout(t, "night-line")
	d.await(t, "sales-line")
	d.press(t, "C-z")
	d.await(t, "night-line")
}

func (d day) why(t *testing.T) {
	d.pick(t, "phonenumbers", "sales-line")
	d.press(t, "W")
	screen := d.await(t, "PhoneNumber sales-line (+14155550101)", "Corrupted is True: AuthenticationFailed", "Failed to cleanup external resources.",
		"twilio Trunk "+trunkOf(d.number(t, "sales-line")), "Shift-T tries again now", "Ctrl-T forces")
	t.Logf("what Shift-W shows:\n%s", screen)
	d.press(t, "G")
	d.await(t, "Events:", "Warning", v1alpha1.ClassAuthenticationFailed)
	d.press(t, "q")
	d.await(t, "</sales-line>")
}

func (d day) retry(t *testing.T) {
	d.press(t, "T")
	d.confirm(t, "Try again now")
	stage.Eventually(t, "the retry to be handled", func(context.Context) string {
		number := d.number(t, "sales-line")
		asked := number.Annotations[v1alpha1.AnnotationRetryRequestedAt]
		if asked == "" || number.Status.LastHandledRetryAt != asked {
			return fmt.Sprintf("it was asked for at %q, and handled at %q", asked, number.Status.LastHandledRetryAt)
		}
		return ""
	})
	d.await(t, "</sales-line>")
}

func (d day) forceDelete(t *testing.T) {
	number := d.number(t, "sales-line")
	d.press(t, "C-t")
	d.typeIn(t, "Type the number to confirm", "+14155550100")
	d.await(t, "That is not the number of sales-line: nothing was done.")
	d.press(t, "Enter")
	d.await(t, "</sales-line>")
	if _, forced := d.number(t, "sales-line").Annotations[v1alpha1.AnnotationForceDelete]; forced {
		t.Fatal("the wrong number has forced it")
	}

	d.press(t, "C-t")
	d.typeIn(t, "Type the number to confirm", "+14155550101")
	d.await(t, "annotated")
	d.press(t, "Enter")
	stage.AwaitGone(t, d.w, number)
}

// orphanRecord has what the force left behind deleted, once the credentials are mended.
func (d day) orphanRecord(t *testing.T) {
	d.write(t, "&")
	d.awaitRow(t, "+14155550101", "sales-line", stage.Namespace, v1alpha1.ReasonForceDeleted, v1alpha1.OrphanOpen)
	d.press(t, "W")
	d.await(t, "PhoneNumber "+stage.Namespace+"/sales-line (+14155550101)", "twilio Trunk TK", "Ctrl-T has all of this deleted, for good.")
	d.press(t, "q")
	d.await(t, "sales-line")

	d.w.Twilio.SetToken(d.w.Account.SID, d.w.Account.AuthToken)
	d.press(t, "C-t")
	d.typeIn(t, "Type delete to confirm", "delete")
	d.await(t, "annotated")
	d.press(t, "Enter")
	d.awaitRow(t, "sales-line", v1alpha1.ReasonForceDeleted, v1alpha1.OrphanClosed)
}

// batch shows that a deletion of many numbers that has an error is red.
func (d day) batch(t *testing.T) {
	deletion := &v1alpha1.PhoneNumberDeletion{Spec: v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{"+14155550199"}}}
	deletion.Namespace, deletion.Name = stage.Namespace, "cancelled"
	if err := d.w.Client.Create(t.Context(), deletion); err != nil {
		t.Fatal(err)
	}
	d.write(t, "^")
	d.awaitRow(t, "cancelled", "1", "True", v1alpha1.ReasonCompletedWithErrors)
	stage.Eventually(t, "the row to be red", func(context.Context) string {
		if colour := d.colour(t, "cancelled"); colour != red {
			return "it is " + colour
		}
		return ""
	})
}

// open shows all objects of a kind.
func (d day) open(t *testing.T, kind string) {
	t.Helper()
	d.write(t, ":")
	d.write(t, kind+" "+stage.Namespace)
	d.press(t, "Enter")
	d.await(t, kind[1:]+"("+stage.Namespace+")")
}

// pick leaves one object on the screen, which is the selected one then.
func (d day) pick(t *testing.T, kind, name string) {
	t.Helper()
	d.open(t, kind)
	d.await(t, name)
	d.write(t, "/"+name)
	d.press(t, "Enter")
	d.await(t, "[1]", "</"+name+">")
}

// deleteSelected goes from Cancel, which is chosen at first, to OK.
func (d day) deleteSelected(t *testing.T) {
	t.Helper()
	d.press(t, "C-d")
	d.await(t, "Propagation", "Cancel", "OK")
	d.press(t, "Tab", "Enter")
}

func (d day) confirm(t *testing.T, description string) {
	t.Helper()
	d.await(t, "Confirm "+description, "kubectl")
	d.press(t, "Tab", "Enter")
}

// typeIn fills in what a key asks for.
func (d day) typeIn(t *testing.T, label, text string) {
	t.Helper()
	d.await(t, label)
	d.write(t, text)
	d.press(t, "Tab", "Tab", "Enter")
}

func (d day) awaitAnnotation(t *testing.T, name, annotation, value string) {
	t.Helper()
	stage.Eventually(t, annotation+" on "+name, func(context.Context) string {
		if got := d.number(t, name).Annotations[annotation]; got != value {
			return fmt.Sprintf("it is %q, want %q", got, value)
		}
		return ""
	})
}

func (d day) number(t *testing.T, name string) *v1alpha1.PhoneNumber {
	t.Helper()
	number := &v1alpha1.PhoneNumber{}
	if err := d.w.Client.Get(t.Context(), stage.Key(name), number); err != nil {
		t.Fatal(err)
	}
	return number
}

func trunkOf(number *v1alpha1.PhoneNumber) string {
	for _, entry := range number.Status.ExternalResources {
		if entry.Kind == "Trunk" {
			return entry.ID
		}
	}
	return ""
}

func numbered(e164 string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { number.Spec.Number = e164 }
}

func withoutAgent(number *v1alpha1.PhoneNumber) { number.Spec.AgentRef = nil }
