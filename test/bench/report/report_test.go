package report

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bench/sample"
)

func example() Report {
	return Report{
		Results: []Result{
			{Metric: "P2", What: "calls / table", Who: "manager", Summary: sample.Summarize(1, 1), Target: Exactly(1)},
			{Metric: "P1", What: "rate / bound", Who: "manager", Summary: sample.Summarize(0.5, 0.7), Target: AtLeast(0.95), Note: "1,000 numbers"},
			{Metric: "P1", What: "rate / bound", Who: "peer", Summary: sample.Summarize(0.25)},
		},
		Curves: []Curve{
			{Name: "teardown", Unit: "s", Points: []sample.Point{{X: 100, Y: 6}, {X: 1000, Y: 60.25}}},
			{Name: "memory", Unit: "MiB", Points: []sample.Point{{X: 1000, Y: 45.5}}},
		},
	}
}

func TestMarkdown(t *testing.T) {
	const want = `| metric | what | who | median | spread | target |  | note |
| --- | --- | --- | --- | --- | --- | --- | --- |
| P1 | rate / bound | manager | 0.600 | 0.500 to 0.700 (2) | >= 0.950 | missed | 1,000 numbers |
| P2 | calls / table | manager | 1 | 1 to 1 (2) | = 1 | met |  |
| P1 | rate / bound | peer | 0.250 | 0.250 to 0.250 (1) |  |  |  |

| numbers | teardown, s | memory, MiB |
| --- | --- | --- |
| 100 | 6 |  |
| 1000 | 60.250 | 45.500 |
`
	if diff := cmp.Diff(want, example().Markdown()); diff != "" {
		t.Errorf("misses come first, and each size has a row:\n%s", diff)
	}
}

func TestText(t *testing.T) {
	report := example()
	report.Failures = []string{"P8: the manager has ended"}
	text := report.Text()
	for _, part := range []string{"missed", "memory, MiB:  45.500 at 1000\n", "FAILED P8: the manager has ended\n"} {
		if !strings.Contains(text, part) {
			t.Errorf("the text says %q:\n%s", part, text)
		}
	}
}

func TestJSON(t *testing.T) {
	text, err := example().JSON()
	if err != nil {
		t.Fatal(err)
	}
	var read Report
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(example(), read); diff != "" {
		t.Errorf("what is written can be read again:\n%s", diff)
	}
}

func TestMet(t *testing.T) {
	cases := map[string]struct {
		reason string
		target Target
		want   bool
	}{
		"AtLeast": {"2 is at least 2.", AtLeast(2), true}, "Less": {"2 is not at least 3.", AtLeast(3), false},
		"AtMost": {"2 is at most 2.", AtMost(2), true}, "More": {"2 is not at most 1.", AtMost(1), false},
		"Exactly": {"2 is 2.", Exactly(2), true}, "Other": {"2 is not 1.", Exactly(1), false},
		"None": {"What has no target misses none.", Target{}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := (Result{Summary: sample.Summarize(2), Target: tc.target}).Met(); got != tc.want {
				t.Error(tc.reason)
			}
		})
	}
}
