// Package diagnosis judges an installation of Callplane from what was read of it: what is
// all right, what is not, and what would cure it. It reads nothing itself.
package diagnosis

import (
	"fmt"
	"strings"
	"time"

	"github.com/callplane/callplane/internal/plugin/layout"
)

// A Verdict is how a check ended.
type Verdict string

// Verdicts.
const (
	// Fine needs nobody.
	Fine Verdict = "OK"
	// Unknown could not be looked at, most often for want of a permission.
	Unknown Verdict = "Unknown"
	// Warning works, but not all of it, or not for everybody.
	Warning Verdict = "Warning"
	// Failed needs somebody.
	Failed Verdict = "Failed"
)

// A Finding is the result of one check.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Message string  `json:"message"`
	// Cure is what helps; empty where nothing needs to be done.
	Cure string `json:"cure,omitempty"`
}

// Facts are what was read. Of what could not be read there is the error.
type Facts struct {
	Now time.Time
	// Namespace is where the manager should be.
	Namespace string

	Server      Server
	CRDs        []CRD
	Policies    []Policy
	Manager     Manager
	Lease       Lease
	Identity    Identity
	Permissions []Permission
	Connections []Connection
	Owners      []Owner
	// Objects says why connections and owners could not be listed.
	Objects error
}

// Examine judges everything.
func Examine(facts Facts) []Finding {
	findings := []Finding{server(facts.Server)}
	if facts.Server.Err != nil {
		return findings
	}
	findings = append(findings, crds(facts.CRDs)...)
	findings = append(findings, policies(facts.Policies, facts.Namespace)...)
	findings = append(findings, manager(facts.Manager, facts.Namespace), lease(facts.Lease, facts), identity(facts.Identity, facts.Namespace))
	findings = append(findings, permissions(facts.Permissions)...)
	return append(findings, objects(facts)...)
}

// Healthy reports whether nothing failed.
func Healthy(findings []Finding) bool {
	for _, finding := range findings {
		if finding.Verdict == Failed {
			return false
		}
	}
	return true
}

var marks = map[Verdict]layout.Cell{
	Fine: {Text: "✓", Tone: layout.Good}, Warning: {Text: "!", Tone: layout.Warn},
	Failed: {Text: "✗", Tone: layout.Bad}, Unknown: {Text: "?", Tone: layout.Faint},
}

// Rows lists findings, each with its cure below it.
func Rows(findings []Finding) [][]layout.Cell {
	var rows [][]layout.Cell
	for _, finding := range findings {
		rows = append(rows, []layout.Cell{marks[finding.Verdict], {Text: finding.Check}, {Text: finding.Message}})
		if finding.Cure != "" {
			rows = append(rows, []layout.Cell{{}, {}, {Text: "→ " + finding.Cure, Tone: layout.Bold}})
		}
	}
	return rows
}

// Summary counts what was found.
func Summary(findings []Finding) string {
	counts := map[Verdict]int{}
	for _, finding := range findings {
		counts[finding.Verdict]++
	}
	noun := "checks"
	if len(findings) == 1 {
		noun = "check"
	}
	summary := []string{fmt.Sprintf("%d %s: %d fine", len(findings), noun, counts[Fine])}
	for _, other := range []struct {
		verdict Verdict
		words   string
	}{{Failed, "failed"}, {Warning, "with a warning"}, {Unknown, "could not be made"}} {
		if counts[other.verdict] > 0 {
			summary = append(summary, fmt.Sprintf("%d %s", counts[other.verdict], other.words))
		}
	}
	return strings.Join(summary, ", ") + "."
}
