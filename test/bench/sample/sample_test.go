package sample

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSummarize(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []float64
		want   Summary
	}{
		"None": {reason: "Nothing measured is nothing."},
		"Few": {
			reason: "Of few the lowest and the highest are all that is known.",
			values: []float64{3, 1, 2, 6}, want: Summary{Median: 2.5, Low: 1, High: 6},
		},
		"Alike": {
			reason: "What is always the same has no spread.",
			values: []float64{2, 2, 2, 2, 2, 2}, want: Summary{Median: 2, Low: 2, High: 2},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Summarize(tc.values...), cmpopts.IgnoreFields(Summary{}, "Values")); diff != "" {
				t.Errorf("%s\n%s", tc.reason, diff)
			}
		})
	}
}

func TestInterval(t *testing.T) {
	values := []float64{10, 11, 9, 10, 12, 10, 8, 10, 100}
	s := Summarize(values...)
	if s.Low < 9 || s.Low > s.Median || s.High < s.Median || s.High > 12 {
		t.Errorf("one value that is far off does not widen the interval: %+v", s)
	}
	if again := Summarize(values...); !cmp.Equal(s, again) {
		t.Errorf("the same values give the same interval: %+v and %+v", s, again)
	}
}

func TestQuantile(t *testing.T) {
	values := []float64{4, 1, 3, 2, 5}
	for share, want := range map[float64]float64{0: 1, 0.5: 3, 0.75: 4, 0.875: 4.5, 1: 5} {
		if got := Quantile(values, share); got != want {
			t.Errorf("the quantile %g of 1 to 5 is %g, not %g", share, want, got)
		}
	}
}

func TestSlope(t *testing.T) {
	points := []Point{{0, 7}, {1, 9}, {2, 11}, {4, 15}}
	if got := Slope(points); got != 2 {
		t.Errorf("a line that rises by 2 has the slope 2, not %g", got)
	}
	if got := Slope(points[:1]); got != 0 {
		t.Errorf("one point has no slope, not %g", got)
	}
}

func TestMirrored(t *testing.T) {
	if diff := cmp.Diff([]string{"a", "b", "b", "a"}, Mirrored([]string{"a", "b"})); diff != "" {
		t.Error(diff)
	}
}
