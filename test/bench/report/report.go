// Package report shows what was measured: as text, as Markdown and as JSON. It is
// pure, and decides nothing but whether a target is met.
package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/callplane/callplane/test/bench/sample"
)

// A Result is one ratio, with what it should be.
type Result struct {
	// Metric is P1 to P8.
	Metric string `json:"metric"`
	// What says in words what was divided by what.
	What string `json:"what"`
	// Who was measured: the manager, or what it is compared with.
	Who string `json:"who"`
	sample.Summary
	// Target and its direction; of a rival there is none.
	Target Target `json:"target,omitzero"`
	// Note is what a reader has to know, such as counts behind the ratio.
	Note string `json:"note,omitempty"`
}

// A Target is a bound on a ratio.
type Target struct {
	// Is is one of >=, <= and =, and empty where there is no target.
	Is    string  `json:"is"`
	Value float64 `json:"value"`
}

// AtLeast is a target from below.
func AtLeast(value float64) Target { return Target{">=", value} }

// AtMost is a target from above.
func AtMost(value float64) Target { return Target{"<=", value} }

// Exactly is a target for a count.
func Exactly(value float64) Target { return Target{"=", value} }

// Met reports whether the median meets the target. Nothing misses no target.
func (r Result) Met() bool {
	switch r.Target.Is {
	case ">=":
		return r.Median >= r.Target.Value
	case "<=":
		return r.Median <= r.Target.Value
	case "=":
		return r.Median == r.Target.Value
	}
	return true
}

func (r Result) verdict() string {
	switch {
	case r.Target.Is == "":
		return ""
	case r.Met():
		return "met"
	default:
		return "missed"
	}
}

// A Curve is what something costs at several sizes of a fleet.
type Curve struct {
	Name   string         `json:"name"`
	Unit   string         `json:"unit"`
	Points []sample.Point `json:"points"`
}

// A Report is all that one run has measured, and under which conditions.
type Report struct {
	Started  time.Time         `json:"started"`
	Took     string            `json:"took"`
	Settings map[string]string `json:"settings"`
	Results  []Result          `json:"results"`
	Curves   []Curve           `json:"curves,omitempty"`
	// Failures are measurements that ended with an error.
	Failures []string `json:"failures,omitempty"`
}

// JSON is the report for programs.
func (r Report) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(r, "", "  ")
	return append(text, '\n'), err
}

var columns = []string{"metric", "what", "who", "median", "spread", "target", "", "note"}

func (r Result) cells() []string {
	target := ""
	if r.Target.Is != "" {
		target = r.Target.Is + " " + number(r.Target.Value)
	}
	return []string{
		r.Metric, r.What, r.Who, number(r.Median),
		fmt.Sprintf("%s to %s (%d)", number(r.Low), number(r.High), len(r.Values)), target, r.verdict(), r.Note,
	}
}

// missesFirst keeps the order otherwise.
func (r Report) missesFirst() []Result {
	var missed, others []Result
	for _, result := range r.Results {
		if result.Met() {
			others = append(others, result)
		} else {
			missed = append(missed, result)
		}
	}
	return append(missed, others...)
}

// Text is a table for a terminal, the misses first.
func (r Report) Text() string {
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, strings.Join(columns, "\t"))
	for _, result := range r.missesFirst() {
		fmt.Fprintln(table, strings.Join(result.cells(), "\t"))
	}
	_ = table.Flush() // a builder takes everything
	for _, curve := range r.Curves {
		fmt.Fprintf(&text, "%s, %s:", curve.Name, curve.Unit)
		for _, point := range curve.Points {
			fmt.Fprintf(&text, "  %s at %s", number(point.Y), number(point.X))
		}
		text.WriteByte('\n')
	}
	for _, failure := range r.Failures {
		fmt.Fprintf(&text, "FAILED %s\n", failure)
	}
	return text.String()
}

// Markdown is the tables for docs/performance.md.
func (r Report) Markdown() string {
	var text strings.Builder
	row(&text, columns)
	row(&text, strings.Split(strings.Repeat("---,", len(columns)-1)+"---", ","))
	for _, result := range r.missesFirst() {
		row(&text, result.cells())
	}
	if len(r.Curves) > 0 {
		text.WriteByte('\n')
		curveTable(&text, r.Curves)
	}
	return text.String()
}

func row(text *strings.Builder, cells []string) {
	fmt.Fprintf(text, "| %s |\n", strings.Join(cells, " | "))
}

// number has three digits that count, and no exponent.
func number(value float64) string {
	switch {
	case value == float64(int64(value)) || value >= 1000 || value <= -1000:
		return fmt.Sprintf("%.0f", value)
	case value >= 100:
		return fmt.Sprintf("%.1f", value)
	default:
		return fmt.Sprintf("%.3f", value)
	}
}
