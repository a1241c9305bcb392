package screen

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/callplane/callplane/internal/plugin/layout"
)

func newScreen(t *testing.T, input io.Reader, color string, environment map[string]string) (*Screen, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	s, err := New(genericiooptions.IOStreams{In: input, Out: &out, ErrOut: io.Discard}, color, func(name string) string { return environment[name] })
	if err != nil {
		t.Fatal(err)
	}
	return s, &out
}

func TestColours(t *testing.T) {
	cases := map[string]struct {
		reason string
		color  string
		want   bool
	}{
		"Auto":   {"what is no terminal gets no colours", Auto, false},
		"Always": {"colours can be had for a pager", Always, true},
		"Never":  {"colours can be turned off", Never, false},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			s, _ := newScreen(t, strings.NewReader(""), tc.color, nil)
			if got := s.Paint(layout.Bad, "x") != "x"; got != tc.want {
				t.Errorf("%s: coloured %v", tc.reason, got)
			}
		})
	}
	if _, err := New(genericiooptions.IOStreams{}, "some", func(string) string { return "" }); err == nil {
		t.Error("any value of --color is taken")
	}
}

// TestDraw goes up by the lines that the terminal needs for what was drawn, and clears all
// of it where that is more than it shows.
func TestDraw(t *testing.T) {
	s, out := newScreen(t, strings.NewReader(""), Never, nil)
	s.size = func() (int, int) { return 10, 5 }
	s.Draw("one\n\x1b[31mlonger than ten\x1b[0m\n")
	s.Draw("two\n")
	s.Wipe()
	s.Wipe()
	s.Draw("1\n2\n3\n4\n5\n")
	s.Wipe()
	want := "one\n\x1b[31mlonger than ten\x1b[0m\n" + "\x1b[3A\r\x1b[J" + "two\n" + "\x1b[1A\r\x1b[J" + "1\n2\n3\n4\n5\n" + "\x1b[H\x1b[2J"
	if out.String() != want {
		t.Errorf("it wrote %q, want %q", out, want)
	}
}

// TestResized goes up by the lines that what was drawn takes now.
func TestResized(t *testing.T) {
	s, out := newScreen(t, strings.NewReader(""), Never, nil)
	columns := 10
	s.size = func() (int, int) { return columns, 5 }
	s.Draw("ten wide..\n")
	columns = 6
	s.Wipe()
	if want := "ten wide..\n\x1b[2A\r\x1b[J"; out.String() != want {
		t.Errorf("it wrote %q, want %q", out, want)
	}
}

// TestDrawElsewhere adds to what is there.
func TestDrawElsewhere(t *testing.T) {
	s, out := newScreen(t, strings.NewReader(""), Never, nil)
	s.Draw("one\n")
	s.Draw("two\n")
	s.Wipe()
	if out.String() != "one\ntwo\n" {
		t.Errorf("it wrote %q", out)
	}
}

func TestAsk(t *testing.T) {
	s, _ := newScreen(t, strings.NewReader("yes \nno"), Never, nil)
	for _, want := range []string{"yes", "no"} {
		if got, err := s.Ask(t.Context(), "?"); got != want || err != nil {
			t.Errorf("the answer is %q, %v, want %q", got, err, want)
		}
	}
	if _, err := s.Ask(t.Context(), "?"); !errors.Is(err, ErrNoAnswer) {
		t.Errorf("at the end of the input it is %v, want that nobody answered", err)
	}
}

// TestAskInterrupted ends with the context though nobody answers.
func TestAskInterrupted(t *testing.T) {
	input, typing := io.Pipe()
	defer func() { _ = typing.Close() }()
	s, _ := newScreen(t, input, Never, nil)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Ask(ctx, "?"); !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v, want that it was interrupted", err)
	}
}
