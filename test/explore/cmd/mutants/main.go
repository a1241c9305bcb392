// Command mutants proves that the explorer finds what it is there for: it takes one
// safeguard at a time out of the source, explores what is left, and wants each to be
// missed. It changes no file: the compiler is shown another one in its place.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	survivors := 0
	for _, m := range mutants {
		found, err := m.explored()
		switch {
		case err != nil:
			fmt.Fprintf(os.Stderr, "%s: %v\n", m.name, err)
			os.Exit(2)
		case !strings.HasPrefix(found, m.by+":"):
			survivors++
			fmt.Printf("%s: NOT CAUGHT in %s by %s, but %q\n", m.name, m.world, m.by, found)
		default:
			fmt.Printf("%s: caught in %s by %s\n", m.name, m.world, found)
		}
	}
	fmt.Printf("mutants: %d of %d caught\n", len(mutants)-survivors, len(mutants))
	if survivors > 0 {
		os.Exit(1)
	}
}

// explored explores the world with the mutant in it, and returns the first
// violation; nothing if there is none.
func (m mutant) explored() (string, error) {
	folder, err := os.MkdirTemp("", "callplane-mutant-")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.RemoveAll(folder) }() // what is left is temporary
	overlay, err := m.overlay(folder)
	if err != nil {
		return "", err
	}
	explorer := filepath.Join(folder, "explore")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", explorer, "./test/explore/cmd/explore")
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, output)
	}
	output, err := exec.Command(explorer, "-world", m.world, "-limit", "1").Output()
	if _, failed := errors.AsType[*exec.ExitError](err); err != nil && !failed {
		return "", err
	}
	return firstViolation(output), nil
}

// overlay writes what the compiler is to be shown.
func (m mutant) overlay(folder string) (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if count := bytes.Count(source, []byte(m.old)); count != 1 {
		return "", fmt.Errorf("%s holds what is to be taken out %d times, want once", m.file, count)
	}
	original, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	mutated, overlay := filepath.Join(folder, "mutated.go"), filepath.Join(folder, "overlay.json")
	replaced, err := json.Marshal(map[string]map[string]string{"Replace": {original: mutated}})
	if err != nil {
		return "", err
	}
	return overlay, errors.Join(
		os.WriteFile(mutated, bytes.Replace(source, []byte(m.old), []byte(m.new), 1), 0o600),
		os.WriteFile(overlay, replaced, 0o600),
	)
}

// firstViolation is in the first indented line.
func firstViolation(output []byte) string {
	for line := range strings.Lines(string(output)) {
		if strings.HasPrefix(line, "  ") {
			return strings.TrimSpace(line)
		}
	}
	return ""
}
