// Package progress says how far deletions are, from what the API server shows. It keeps
// nothing but how much there was in the beginning.
package progress

import (
	"fmt"
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/deletion"
	"github.com/callplane/callplane/internal/plugin/layout"
)

// A Teardown counts what goes away.
type Teardown struct{ total int }

// A Step is how far a teardown is.
type Step struct {
	Gone, Total int
	// Phase is the reason of Deleting, or of Corrupted.
	Phase string
	// Message says more; empty where the phase says it all.
	Message string
}

// See looks at an object that is being deleted.
func (t *Teardown) See(owner v1alpha1.Owner) Step {
	left := 0
	for _, entry := range owner.Lifecycle().ExternalResources {
		if deletion.Goes(owner, entry) {
			left++
		}
	}
	t.total = max(t.total, left)
	step := Step{Gone: t.total - left, Total: t.total, Phase: "Waiting"}
	if says := advice.Says(owner); says != nil {
		step.Phase, step.Message = says.Reason, says.Message
	}
	return step
}

// Line is the step in words, for a log.
func (s Step) Line() string {
	line := fmt.Sprintf("%d of %d gone, %s", s.Gone, s.Total, s.Phase)
	if s.tells() {
		line += ": " + s.Message
	}
	return line
}

// Bar is the step on a line of a terminal, of so many columns.
func (s Step) Bar(columns int) string {
	bar := fmt.Sprintf("%s %d/%d %s", layout.Bar(s.Gone, s.Total, 20), s.Gone, s.Total, s.Phase)
	if s.tells() {
		bar += ": " + s.Message
	}
	return Fit(bar, columns)
}

// tells reports whether the message says more than a usual phase does.
func (s Step) tells() bool {
	switch s.Phase {
	case v1alpha1.ReasonUnlinking, v1alpha1.ReasonVerifying:
		return false
	}
	return s.Message != ""
}

// Fit cuts a line to so many columns; 0 leaves it as it is.
func Fit(line string, columns int) string {
	runes := []rune(layout.Line(line))
	if columns <= 0 || len(runes) <= columns {
		return string(runes)
	}
	return strings.TrimSpace(string(runes[:max(columns-1, 0)])) + "…"
}
