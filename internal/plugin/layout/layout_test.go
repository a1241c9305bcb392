package layout

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTable(t *testing.T) {
	cases := map[string]struct {
		reason string
		paint  Painter
		rows   [][]Cell
		want   string
	}{
		"Columns": {
			reason: "a column is as wide as its widest cell; the last one as long as it likes",
			paint:  Monochrome, rows: [][]Cell{Cells("a", "bb", "a long sentence"), Cells("ccc", "d", "e")},
			want: "a     bb   a long sentence\nccc   d    e\n",
		},
		"Empty ends": {
			reason: "no line ends in blanks",
			paint:  Monochrome, rows: [][]Cell{Cells("a", "", ""), Cells("b", "c", "d")},
			want: "a\nb   c   d\n",
		},
		"Runes": {
			reason: "branches of a tree are as wide as they look",
			paint:  Monochrome, rows: [][]Cell{Cells("└─ a", "b"), Cells("cccc", "d")},
			want: "└─ a   b\ncccc   d\n",
		},
		"Colours": {
			reason: "a colour takes no column",
			paint:  Colours, rows: [][]Cell{{{Text: "a", Tone: Bad}, {Text: "b"}}, Cells("ccc", "d")},
			want: "\x1b[31ma\x1b[0m     b\nccc   d\n",
		},
		"Hostile": {
			reason: "what providers and people write cannot move the cursor",
			paint:  Monochrome, rows: [][]Cell{Cells("a\x1b[2Jb\nc", "d\u202e")},
			want: "a [2Jb c   d \n",
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Table(tc.paint, tc.rows)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestBar(t *testing.T) {
	cases := map[string]struct {
		reason      string
		done, total int
		want        string
	}{
		"Nothing yet": {"it begins empty", 0, 7, "░░░░░"},
		"Half":        {"it never shows more than is done", 3, 7, "██░░░"},
		"All":         {"it is full in the end", 7, 7, "█████"},
		"Empty":       {"where there was nothing, all is done", 0, 0, "█████"},
		"Too much":    {"it does not overflow", 9, 7, "█████"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Bar(tc.done, tc.total, 5); got != tc.want {
				t.Errorf("%s: got %s, want %s", tc.reason, got, tc.want)
			}
		})
	}
}
