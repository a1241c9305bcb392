//go:build clients

package k9s

import (
	"context"
	"fmt"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/clients/stage"
)

// prompt is where k9s takes commands; it is there only while it does.
const prompt = "│  > "

// open shows all objects of a kind.
func (d day) open(t *testing.T, kind string) {
	t.Helper()
	command := kind + " " + stage.Namespace
	d.write(t, ":")
	d.await(t, prompt)
	d.write(t, command)
	d.await(t, prompt+command)
	d.press(t, "Enter")
	d.awaitWithout(t, prompt)
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

func (d day) awaitRed(t *testing.T, text string) {
	t.Helper()
	stage.Eventually(t, "the row of "+text+" to be red", func(context.Context) string {
		if colour := d.colour(t, text); colour != red {
			return "it is " + colour
		}
		return ""
	})
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
