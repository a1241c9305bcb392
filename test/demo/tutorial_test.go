package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
)

// TestTutorial does what docs/tutorial.md says, word for word, on what make playground
// starts, and sees that every command prints what the page shows.
func TestTutorial(t *testing.T) {
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	folder := playground(t, root)
	terminal := openTerminal(t, folder)
	for _, block := range readBlocks(t, filepath.Join(root, "docs", "tutorial.md")) {
		printed, err := terminal.run(block.script)
		if err != nil {
			t.Fatalf("docs/tutorial.md:%d: %v\n%s\nprinted:\n%s", block.line, err, block.script, printed)
		}
		if diff := cmp.Diff(normalised(block.output), normalised(printed)); block.output != "" && diff != "" {
			t.Errorf("docs/tutorial.md:%d prints something else, -on the page +as it is:\n%s\nAs it is:\n%s", block.line, diff, printed)
		}
	}
}

// playground starts what make playground starts, below a folder of its own in place of
// the repository, so that a demo which somebody runs is not disturbed.
func playground(t *testing.T, root string) string {
	t.Helper()
	for _, variable := range []string{assets.KubernetesFolder, assets.LiveKitPath, "CALLPLANE_MANAGER", "TMPDIR"} {
		t.Setenv(variable, os.Getenv(variable)) // the stage sets them; this puts them back
	}
	place := t.TempDir()
	screen := &screen{Writer: t.Output()}
	folder, err := openFolder(screen, filepath.Join(place, "bin", "demo"))
	if err != nil {
		t.Fatal(err)
	}
	stage := &stage{screen: screen, root: root, folder: folder}
	t.Cleanup(func() {
		if err := stage.end(); err != nil {
			t.Errorf("ending the playground: %v", err)
		}
	})
	if err := stage.open(t.Context()); err != nil {
		t.Fatal(err)
	}
	return place
}

// A terminal is one shell for the whole page, which ends at the first command that fails.
type terminal struct {
	script io.Writer
	output *bufio.Reader
	count  int
}

func openTerminal(t *testing.T, folder string) *terminal {
	t.Helper()
	command := exec.CommandContext(t.Context(), "/bin/sh", "-eu")
	command.Dir = folder
	command.Env = process.Environment("PATH="+os.Getenv("PATH"), "HOME="+folder, "KUBECACHEDIR="+filepath.Join(folder, "cache"))
	command.WaitDelay = time.Second
	script, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	output, both, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	command.Stdout, command.Stderr = both, both
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = script.Close()
		_ = command.Wait() // that a command failed was said by run
	})
	if err := both.Close(); err != nil {
		t.Fatal(err)
	}
	return &terminal{script: script, output: bufio.NewReader(output)}
}

// run types a script, and reads what it prints up to a line that follows it.
func (s *terminal) run(script string) (string, error) {
	s.count++
	end := fmt.Sprintf("end of block %d\n", s.count)
	if _, err := fmt.Fprintf(s.script, "%s\necho '%s'\n", script, strings.TrimSpace(end)); err != nil {
		return "", err
	}
	var printed strings.Builder
	for {
		line, err := s.output.ReadString('\n')
		if err != nil {
			return printed.String() + line, fmt.Errorf("a command failed: %w", err)
		}
		if line == end {
			return printed.String(), nil
		}
		printed.WriteString(line)
	}
}

var differs = []struct {
	what *regexp.Regexp
	by   string
}{
	{regexp.MustCompile(`\b([0-9]+m)?[0-9]+s( |$)`), "AGE$2"},
	{regexp.MustCompile(`\b(TK|OU|PN)[0-9a-f]{32}\b`), "$1..."},
	{regexp.MustCompile(`\b(ST|SDR)_[0-9A-Za-z]+`), "${1}_..."},
	{regexp.MustCompile(` +`), " "},
}

// normalised leaves out what differs from one run to the next: ages, ids of providers,
// and how wide columns are because of these.
func normalised(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		for _, d := range differs {
			line = d.what.ReplaceAllString(line, d.by)
		}
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
