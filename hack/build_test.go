// Package hack_test tests the scripts of this folder.
package hack_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestBuild(t *testing.T) {
	cases := map[string]struct {
		reason  string
		program string
		says    []string
		fails   bool
	}{
		"Builds": {
			reason: "a program is built, and that is said", program: "package main\n\nfunc main() {}\n",
			says: []string{"Built the example in "},
		},
		"Refused": {
			reason: "what the compiler says is shown, and the exit code says it too", program: "package main\n\nfunc main() { missing() }\n",
			says: []string{"main.go:3:15: undefined: missing", "Building the example failed."}, fails: true,
		},
		"Unreadable": {
			reason: "what cannot even be listed is a failure", program: "package main\n\nimport \"example.com/none/such\"\n",
			says: []string{"example.com/none/such", "Building the example failed."}, fails: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			output := filepath.Join(t.TempDir(), "example")
			text, err := build(t, tc.program, output)
			if (err != nil) != tc.fails {
				t.Errorf("%s: got %v", tc.reason, err)
			}
			for _, part := range tc.says {
				if !strings.Contains(text, part) {
					t.Errorf("%s: want %q in\n%s", tc.reason, part, text)
				}
			}
			if _, err := os.Stat(output); (err != nil) != tc.fails {
				t.Errorf("%s: the program: %v", tc.reason, err)
			}
		})
	}
}

// build runs the script in a module that holds a program, and sees that it
// leaves no scratch files.
func build(t *testing.T, program, output string) (string, error) {
	t.Helper()
	script, err := filepath.Abs("build.sh")
	if err != nil {
		t.Fatal(err)
	}
	module, scratch := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{"go.mod": "module example\n", "main.go": program} {
		if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command(script, "the example", output, ".", "-ldflags=-s -w")
	command.Dir, command.Env = module, append(os.Environ(), "TMPDIR="+scratch, "GOFLAGS=-mod=mod", "GOPROXY=off", "GOWORK=off")
	text, err := command.CombinedOutput()
	if left, _ := os.ReadDir(scratch); len(left) > 0 {
		t.Errorf("scratch files are left: %v", left)
	}
	return string(text), err
}
