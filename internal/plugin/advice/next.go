package advice

import (
	"regexp"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A Step is what somebody can do, and the command for it if there is one.
type Step struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
}

const (
	plugin         = "kubectl phonenumber "
	guide          = "https://github.com/callplane/callplane/blob/main/docs/cleanup.md"
	conditionsPage = "https://github.com/callplane/callplane/blob/main/docs/conditions.md"
)

// Next says what to do, in the order in which it is to be tried. It is empty while
// nothing needs to be done.
func Next(owner v1alpha1.Owner) []Step {
	switch Of(owner) {
	case Corrupted:
		return waysOut(owner)
	case Deleting, Held:
		return deleting(owner)
	case NotReady:
		return notReady(owner)
	case SettingUp:
		return settingUp(owner)
	case Ready:
		return paused(owner)
	default:
		return nil
	}
}

// waysOut are those of docs/cleanup.md, in their order.
func waysOut(owner v1alpha1.Owner) []Step {
	corrupted := meta.FindStatusCondition(owner.Lifecycle().Conditions, v1alpha1.ConditionCorrupted)
	steps := append(paused(owner),
		Step{Text: "Remove the cause: " + Cure(corrupted.Reason) + "."},
		retry(owner, "Ask for a retry, where the cause was elsewhere than in a Secret."),
		Step{Text: "Clean up by hand, then ask for a retry: " + section(corrupted.Message)})
	if owner.GetDeletionTimestamp().IsZero() {
		return steps
	}
	return append(steps, Step{
		Text:    "Force, if nothing else is possible. It leaves all of the above behind, and takes a permission of its own.",
		Command: plugin + "force-delete " + Target(owner) + in(owner),
	})
}

var link = regexp.MustCompile(`https://\S+$`)

// section is the part of the guide that a message links to.
func section(message string) string {
	if found := link.FindString(message); strings.HasPrefix(found, guide) {
		return found
	}
	return guide
}

func deleting(owner v1alpha1.Owner) []Step {
	switch reason(owner.Lifecycle().Conditions, v1alpha1.ConditionDeleting) {
	case v1alpha1.ReasonPaused:
		return paused(owner)
	case v1alpha1.ReasonBlocked:
		return []Step{{Text: "Remove what the message names: it waits for that, for as long as it takes."}}
	case v1alpha1.ReasonRetrying:
		return []Step{retry(owner, "Wait: it is tried again by itself. Or ask for a retry at once.")}
	case "":
		return unseen(owner)
	default:
		return nil
	}
}

func settingUp(owner v1alpha1.Owner) []Step {
	if !Seen(owner) {
		return unseen(owner)
	}
	return paused(owner)
}

// unseen is for what the manager has not looked at.
func unseen(owner v1alpha1.Owner) []Step {
	steps := paused(owner)
	if len(steps) > 0 {
		return steps
	}
	return []Step{{Text: "Wait a moment. If nothing happens, see whether the manager runs.", Command: plugin + "doctor" + in(owner)}}
}

func notReady(owner v1alpha1.Owner) []Step {
	ready := reason(owner.Lifecycle().Conditions, v1alpha1.ConditionReady)
	return append(paused(owner),
		Step{Text: sentence(Cure(ready))},
		retry(owner, "Ask for a retry, where the cause was elsewhere than in an object of this namespace."))
}

// paused is for what is held on purpose.
func paused(owner v1alpha1.Owner) []Step {
	if owner.GetAnnotations()[v1alpha1.AnnotationPaused] != "true" {
		return nil
	}
	return []Step{{
		Text:    "It is paused, so nothing is done. To go on:",
		Command: "kubectl annotate " + typed(owner) + " " + v1alpha1.AnnotationPaused + "-" + in(owner),
	}}
}

func retry(owner v1alpha1.Owner, text string) Step {
	return Step{Text: text, Command: plugin + "retry " + Target(owner) + in(owner)}
}

// Target is what the plugin calls an object.
func Target(owner v1alpha1.Owner) string {
	if owner.Identity().Kind == v1alpha1.KindPhoneNumber {
		return owner.GetName()
	}
	return typed(owner)
}

func typed(owner v1alpha1.Owner) string {
	return strings.ToLower(owner.Identity().Kind) + "/" + owner.GetName()
}

func in(owner v1alpha1.Owner) string { return " -n " + owner.GetNamespace() }

func sentence(words string) string {
	return strings.ToUpper(words[:1]) + words[1:] + "."
}
