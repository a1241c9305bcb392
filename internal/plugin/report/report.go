// Package report says of one object how it is, what it has at the providers and what to
// do next: in words, or as data. It reads nothing but the object.
package report

import (
	"fmt"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/deletion"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/tree"
)

// A Report is what there is to say of an object.
type Report struct {
	Kind              string                      `json:"kind"`
	Namespace         string                      `json:"namespace"`
	Name              string                      `json:"name"`
	Number            string                      `json:"number,omitempty"`
	State             advice.State                `json:"state"`
	Reason            string                      `json:"reason,omitempty"`
	Message           string                      `json:"message,omitempty"`
	Agent             string                      `json:"agent,omitempty"`
	Carrier           string                      `json:"carrier,omitempty"`
	Platform          string                      `json:"platform,omitempty"`
	Numbers           *v1alpha1.Users             `json:"numbers,omitempty"`
	Deletion          *Deletion                   `json:"deletion,omitempty"`
	ExternalResources []v1alpha1.ExternalResource `json:"externalResources"`
	NextSteps         []advice.Step               `json:"nextSteps"`
}

// A Deletion is what there is to say of one that is under way.
type Deletion struct {
	RequestedAt  metav1.Time             `json:"requestedAt"`
	Policy       v1alpha1.DeletionPolicy `json:"policy"`
	FailingSince *metav1.Time            `json:"failingSince,omitempty"`
}

// Of reports on an object.
func Of(owner v1alpha1.Owner) Report {
	identity := owner.Identity()
	report := Report{
		Kind: identity.Kind, Namespace: identity.Namespace, Name: identity.Name, Number: identity.Number,
		State: advice.Of(owner), Deletion: deletionOf(owner),
		ExternalResources: owner.Lifecycle().ExternalResources, NextSteps: advice.Next(owner),
	}
	if says := advice.Says(owner); says != nil {
		report.Reason, report.Message = says.Reason, says.Message
	}
	switch owner := owner.(type) {
	case *v1alpha1.PhoneNumber:
		ofNumber(&report, owner)
	case *v1alpha1.SIPTrunk:
		ofTrunk(&report, owner)
	}
	return report
}

func ofNumber(r *Report, number *v1alpha1.PhoneNumber) {
	if number.Spec.AgentRef != nil {
		r.Agent = number.Spec.AgentRef.Name
	}
	r.Carrier = number.Spec.CarrierRef.Kind + " " + number.Spec.CarrierRef.Name
	r.Platform = number.Spec.PlatformRef.Kind + " " + number.Spec.PlatformRef.Name
}

func ofTrunk(r *Report, trunk *v1alpha1.SIPTrunk) {
	switch {
	case trunk.Spec.Twilio != nil:
		r.Carrier = v1alpha1.KindTwilioAccount + " " + trunk.Spec.Twilio.AccountRef.Name
	case trunk.Spec.Address != nil:
		r.Carrier = trunk.Spec.Address.Host
	}
	r.Platform = trunk.Spec.PlatformRef.Kind + " " + trunk.Spec.PlatformRef.Name
	r.Numbers = trunk.Status.Numbers
}

func deletionOf(owner v1alpha1.Owner) *Deletion {
	requested := owner.GetDeletionTimestamp()
	if requested.IsZero() {
		return nil
	}
	under := &Deletion{RequestedAt: *requested, Policy: deletion.Policy(owner)}
	if teardown := owner.Lifecycle().Teardown; teardown != nil {
		under.FailingSince = teardown.FailingSince
	}
	return under
}

var tones = map[advice.State]layout.Tone{
	advice.Ready: layout.Good, advice.SettingUp: layout.Warn, advice.NotReady: layout.Bad,
	advice.Deleting: layout.Warn, advice.Held: layout.Warn, advice.Corrupted: layout.Bad,
}

// Text is the report in words.
func (r Report) Text(paint layout.Painter, wide bool, now time.Time) string {
	var text strings.Builder
	text.WriteString(paint(layout.Bold, Title(r.Kind, r.Name, r.Number)) + " in " + r.Namespace + "\n")
	text.WriteString(layout.Table(paint, r.facts(now)))
	text.WriteString("\n" + paint(layout.Bold, "At the providers") + "\n")
	if len(r.ExternalResources) == 0 {
		text.WriteString("Nothing, as far as is on record.\n")
	}
	text.WriteString(layout.Table(paint, tree.Rows(r.ExternalResources, wide)))
	text.WriteString(Steps(paint, r.NextSteps))
	return text.String()
}

// Title names an object.
func Title(kind, name, number string) string {
	if number == "" {
		return kind + " " + name
	}
	return fmt.Sprintf("%s %s (%s)", kind, name, number)
}

func (r Report) facts(now time.Time) [][]layout.Cell {
	state := string(r.State)
	if r.Reason != "" && r.Reason != state {
		state += ": " + r.Reason
	}
	rows := [][]layout.Cell{{{Text: "State"}, {Text: state, Tone: tones[r.State]}}}
	if r.Message != "" {
		rows = append(rows, layout.Cells("", r.Message))
	}
	for _, fact := range [][2]string{{"Agent", r.Agent}, {"Carrier", r.Carrier}, {"Platform", r.Platform}, {"Numbers", numbers(r.Numbers)}, {"Deletion", r.Deletion.words(now)}} {
		if fact[1] != "" {
			rows = append(rows, layout.Cells(fact[0], fact[1]))
		}
	}
	return rows
}

func numbers(users *v1alpha1.Users) string {
	if users == nil || users.Count == nil {
		return ""
	}
	const shown = 5
	names := users.Names[:min(len(users.Names), shown)]
	words := fmt.Sprintf("%d: %s", *users.Count, strings.Join(names, ", "))
	if int(*users.Count) > len(names) {
		words += ", …"
	}
	return strings.TrimSuffix(words, ": ")
}

func (d *Deletion) words(now time.Time) string {
	if d == nil {
		return ""
	}
	words := fmt.Sprintf("for %s, policy %s", duration.HumanDuration(now.Sub(d.RequestedAt.Time)), d.Policy)
	if d.FailingSince != nil {
		words += ", failing for " + duration.HumanDuration(now.Sub(d.FailingSince.Time))
	}
	return words
}

// Steps lists what to do next, with the commands; empty for nothing.
func Steps(paint layout.Painter, steps []advice.Step) string {
	if len(steps) == 0 {
		return ""
	}
	var text strings.Builder
	text.WriteString("\n" + paint(layout.Bold, "What to do next") + "\n")
	for i, step := range steps {
		fmt.Fprintf(&text, "%d. %s\n", i+1, layout.Line(step.Text))
		if step.Command != "" {
			fmt.Fprintf(&text, "   %s\n", layout.Line(step.Command))
		}
	}
	return text.String()
}
