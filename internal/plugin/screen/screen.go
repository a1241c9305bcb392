// Package screen is where people read and answer: it knows whether that is a terminal,
// and how to draw over what is there. It does not know what is said.
package screen

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/callplane/callplane/internal/plugin/layout"
)

// Values of --color.
const (
	Auto   = "auto"
	Always = "always"
	Never  = "never"
)

// A Screen is the streams of a command.
type Screen struct {
	genericiooptions.IOStreams
	// Paint shows tones, in colours where they are wanted.
	Paint layout.Painter

	// size is that of the terminal; 0 without one.
	size    func() (columns, rows int)
	drawn   string
	answers *bufio.Reader
}

// New decides by the value of --color, the environment and the output whether there are
// colours.
func New(streams genericiooptions.IOStreams, color string, environment func(string) string) (*Screen, error) {
	s := &Screen{IOStreams: streams, Paint: layout.Monochrome, size: sizeOf(streams.Out), answers: bufio.NewReader(streams.In)}
	if environment("TERM") == "dumb" {
		s.size = func() (int, int) { return 0, 0 }
	}
	switch color {
	case Always:
		s.Paint = layout.Colours
	case Auto:
		if s.Terminal() && environment("NO_COLOR") == "" {
			s.Paint = layout.Colours
		}
	case Never:
	default:
		return nil, fmt.Errorf("--color %q must be %s, %s or %s", color, Auto, Always, Never)
	}
	return s, nil
}

func sizeOf(out io.Writer) func() (columns, rows int) {
	file, ok := out.(*os.File)
	return func() (int, int) {
		if !ok {
			return 0, 0
		}
		columns, rows, err := term.GetSize(int(file.Fd()))
		if err != nil {
			return 0, 0
		}
		return columns, rows
	}
}

// Terminal reports whether the output is one that can be drawn on.
func (s *Screen) Terminal() bool { return s.Columns() > 0 }

// Columns is how wide the terminal is; 0 without one.
func (s *Screen) Columns() int {
	columns, _ := s.size()
	return columns
}

// Say prints a line.
func (s *Screen) Say(format string, arguments ...any) {
	fmt.Fprintf(s.Out, format+"\n", arguments...)
}

// Print prints whole lines as they are.
func (s *Screen) Print(text string) {
	fmt.Fprint(s.Out, text)
}

// Warn prints a line beside the output.
func (s *Screen) Warn(format string, arguments ...any) {
	fmt.Fprintf(s.ErrOut, format+"\n", arguments...)
}

// Draw prints text over what it printed last, where that can be done.
func (s *Screen) Draw(text string) {
	if !s.Terminal() {
		s.Print(text)
		return
	}
	// At once, so that nobody sees the screen without either.
	s.Print(s.erasure() + text)
	s.drawn = text
}

// Wipe removes what was drawn last.
func (s *Screen) Wipe() {
	s.Print(s.erasure())
	s.drawn = ""
}

// erasure goes up to where the drawing began or, if that is out of sight, clears
// everything. Terminals wrap what is there again when their width changes.
func (s *Screen) erasure() string {
	columns, rows := s.size()
	switch height := lines(s.drawn, columns); {
	case height == 0:
		return ""
	case height >= rows:
		return "\x1b[H\x1b[2J"
	default:
		return fmt.Sprintf("\x1b[%dA\r\x1b[J", height)
	}
}

// lines is how many lines of a terminal a text takes; none without one.
func lines(text string, width int) int {
	if width == 0 {
		return 0
	}
	count := 0
	for line := range strings.Lines(text) {
		count += 1 + max(visible(line)-1, 0)/width
	}
	return count
}

// visible counts the characters of a line that take a column.
func visible(line string) int {
	count, escaped := 0, false
	for _, r := range strings.TrimRight(line, "\n") {
		switch {
		case r == '\x1b':
			escaped = true
		case escaped:
			escaped = r != 'm'
		default:
			count++
		}
	}
	return count
}

// ErrNoAnswer says that nobody is there to be asked.
var ErrNoAnswer = errors.New("nobody answered")

// Ask prints a question and returns the line that is answered.
func (s *Screen) Ask(ctx context.Context, question string) (string, error) {
	fmt.Fprint(s.ErrOut, question+" ")
	type reply struct {
		line string
		err  error
	}
	// Reading does not end with ctx; the program does.
	replies := make(chan reply, 1)
	go func() {
		line, err := s.answers.ReadString('\n')
		replies <- reply{line, err}
	}()
	select {
	case <-ctx.Done():
		fmt.Fprintln(s.ErrOut)
		return "", ctx.Err()
	case got := <-replies:
		if got.err != nil && got.line == "" {
			fmt.Fprintln(s.ErrOut)
			return "", ErrNoAnswer
		}
		return strings.TrimSpace(got.line), nil
	}
}
