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
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// red is what k9s paints a row with that is not valid.
const red = "255;69;0"

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
		{"Trunk", d.trunk},
		{"Batch", d.batch},
	} {
		if !t.Run(part.name, part.run) {
			return
		}
	}
}

// undeletable has Twilio keep every trunk, as it does one with an emergency address.
var undeletable = twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.delete"}, Action: twiliosim.Fail(400, 21634), Count: twiliosim.Forever}

// A day is that of somebody who looks after numbers.
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
		"#": {world.AccountName, d.w.Account.SID, "True", "Verified", "3"},
		"$": {world.ProjectName, d.w.Proxy.URL(), "True", "Verified", "4"},
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
	d.w.Twilio.Inject(undeletable)
	d.pick(t, "phonenumbers", "sales-line")
	d.deleteSelected(t)
	stage.AwaitReason(t, d.w, "sales-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassResourceInUse)
	d.open(t, "phonenumbers")
	d.awaitRow(t, "sales-line", "+14155550101", "support", "False", "ResourceInUse", "True", "Failed to cleanup external resources.")
	d.awaitRed(t, "+14155550101")
	if colour := d.colour(t, "+14155550102"); colour == red {
		t.Error("the row of a number that is well is red, too")
	}
	stage.Eventually(t, "what is being deleted to come first", func(context.Context) string {
		screen := d.screen(t)
		if strings.Index(screen, "night-line") < strings.Index(screen, "sales-line") {
			return screen
		}
		return ""
	})
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
	screen := d.await(t, "PhoneNumber sales-line (+14155550101)", "Corrupted is True: ResourceInUse", "Failed to cleanup external resources.",
		"twilio Trunk "+trunkOf(d.number(t, "sales-line")), "Shift-T tries again now", "Ctrl-T forces")
	t.Logf("what Shift-W shows:\n%s", screen)
	d.press(t, "G")
	d.await(t, "Events:", "Warning", v1alpha1.ClassResourceInUse)
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
	d.typeIn(t, "Force: its number", "+14155550100")
	d.await(t, "That is not the number of sales-line: nothing was done.")
	d.press(t, "Enter")
	d.await(t, "</sales-line>")
	if _, forced := d.number(t, "sales-line").Annotations[v1alpha1.AnnotationForceDelete]; forced {
		t.Fatal("the wrong number has forced it")
	}

	d.press(t, "C-t")
	d.typeIn(t, "Force: its number", "+14155550101")
	d.await(t, "annotated")
	d.press(t, "Enter")
	stage.AwaitGone(t, d.w, number)
}

// orphanRecord has what the force left behind deleted, which Twilio lets at last.
func (d day) orphanRecord(t *testing.T) {
	d.write(t, "&")
	d.awaitRow(t, "+14155550101", "sales-line", stage.Namespace, v1alpha1.ReasonForceDeleted, v1alpha1.OrphanOpen)
	d.press(t, "W")
	d.await(t, "PhoneNumber "+stage.Namespace+"/sales-line (+14155550101)", "twilio Trunk TK", "Ctrl-T has all of this deleted, for good.")
	d.press(t, "q")
	d.await(t, "sales-line")

	d.press(t, "C-t")
	d.typeIn(t, "Type delete", "delete")
	d.await(t, "annotated")
	d.press(t, "Enter")
	d.awaitRow(t, "sales-line", v1alpha1.ReasonForceDeleted, v1alpha1.OrphanOpen, v1alpha1.ClassResourceInUse)
	d.awaitRed(t, "sales-line")

	d.w.Twilio.ClearFaults()
	d.press(t, "T")
	d.confirm(t, "Try again now")
	d.awaitRow(t, "sales-line", v1alpha1.ReasonForceDeleted, v1alpha1.OrphanClosed)
}

// trunk gives up a trunk as well, whose name is asked for: it has no number.
func (d day) trunk(t *testing.T) {
	number, trunk := d.number(t, "night-line"), d.w.SIPTrunk("fleet")
	d.pick(t, "phonenumbers", "night-line")
	d.deleteSelected(t)
	stage.AwaitGone(t, d.w, number)
	d.w.Twilio.Inject(undeletable)
	d.pick(t, "siptrunks", "fleet")
	d.deleteSelected(t)
	d.awaitRow(t, "fleet", "False", v1alpha1.ClassResourceInUse, "True")
	d.awaitRed(t, v1alpha1.ClassResourceInUse) // the name is in the title, too
	d.press(t, "C-t")
	d.typeIn(t, "Force: its name", "fleet")
	d.await(t, "annotated")
	d.press(t, "Enter")
	stage.AwaitGone(t, d.w, trunk)
}

// batch shows that a deletion of many numbers that has an error is red.
func (d day) batch(t *testing.T) {
	deletion := &v1alpha1.PhoneNumberDeletion{Spec: v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{"+14155550199"}}}
	deletion.Namespace, deletion.Name = stage.Namespace, "cancelled"
	if err := d.w.Client.Create(t.Context(), deletion); err != nil {
		t.Fatal(err)
	}
	d.open(t, "phonenumberdeletions")
	d.awaitRow(t, "cancelled", "1", "True", v1alpha1.ReasonCompletedWithErrors)
	d.awaitRed(t, "cancelled")
}
