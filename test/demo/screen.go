package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// screen is where the story is read. Colours are for terminals whose owner did
// not turn them off.
type screen struct {
	io.Writer
	colours bool
}

const (
	bold  = "1"
	green = "32"
	red   = "31"
)

func newScreen(file *os.File) *screen {
	info, err := file.Stat()
	terminal := err == nil && info.Mode()&os.ModeCharDevice != 0
	return &screen{Writer: file, colours: terminal && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"}
}

func (s *screen) paint(colour, text string) string {
	if !s.colours {
		return text
	}
	return "\x1b[" + colour + "m" + text + "\x1b[0m"
}

// say prints sentences, set off from what is above.
func (s *screen) say(lines ...string) {
	fmt.Fprintf(s, "\n%s\n", strings.Join(lines, "\n"))
}

func (s *screen) title(text string) {
	fmt.Fprintf(s, "\n%s\n", s.paint(bold, "== "+text))
}

// verdict prints a check that held, or what was expected and what was seen.
func (s *screen) verdict(subject, want, seen string) bool {
	if seen == want {
		fmt.Fprintf(s, "%s %s: %s\n", s.paint(green, "[ok]"), subject, seen)
		return true
	}
	fmt.Fprintf(s, "%s %s:\n    expected: %s\n    seen:     %s\n", s.paint(red, "[FAILED]"), subject, want, seen)
	return false
}

// during says what is awaited while do runs, and how long it took.
func (s *screen) during(what string, do func() error) error {
	fmt.Fprintf(s, "%s ... ", what)
	begin := time.Now()
	if err := do(); err != nil {
		fmt.Fprintln(s)
		return err
	}
	fmt.Fprintln(s, seconds(time.Since(begin)))
	return nil
}

func seconds(took time.Duration) string {
	return fmt.Sprintf("%.1f s", took.Seconds())
}
