package command

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"sigs.k8s.io/yaml"
)

// Formats of -o.
const (
	formatText = ""
	formatWide = "wide"
	formatJSON = "json"
	formatYAML = "yaml"
	formatName = "name"
)

// A format is what -o asks for.
type format struct {
	value   string
	allowed []string
}

func (f *format) bind(command *cobra.Command, allowed ...string) {
	f.allowed = allowed
	command.Flags().StringVarP(&f.value, "output", "o", formatText, "output format: "+strings.Join(allowed, ", "))
	complete(command, "output", func() []string { return allowed })
}

func (f *format) check() error {
	if f.value != formatText && !slices.Contains(f.allowed, f.value) {
		return fmt.Errorf("--output %q must be one of: %s", f.value, strings.Join(f.allowed, ", "))
	}
	return nil
}

// structured reports whether programs read the output.
func (f *format) structured() bool { return f.value == formatJSON || f.value == formatYAML }

// print writes a value as JSON or as YAML.
func (f *format) print(out io.Writer, value any) error {
	text, err := json.MarshalIndent(value, "", "    ")
	if err == nil && f.value == formatYAML {
		text, err = yaml.Marshal(value)
	}
	if err != nil {
		return fmt.Errorf("writing the output: %w", err)
	}
	_, err = fmt.Fprintln(out, strings.TrimSuffix(string(text), "\n"))
	return err
}

// resourceName is what -o name prints.
func resourceName(kind, name string) string {
	return strings.ToLower(kind) + ".callplane.io/" + name
}
