// Command reference writes docs/reference from what the code says: the kinds and their
// fields from the CRDs, the flags from the manager's own help, which it reads from its
// standard input, the metrics from where they are made, and from the constants of the API
// the names that people write, and the conditions, reasons and events that they read. It
// decides how they read, and knows none of them.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

const (
	pages = "docs/reference"
	// written is the first line of every page.
	written = "<!-- Written by make reference. Change the code instead. -->\n\n"
)

func main() {
	if err := errors.Join(
		writeAPI("config/crd/bases"), writeFlags(os.Stdin),
		writeConstants("api/v1alpha1/names.go", "names.md", namesPage),
		writeConstants("api/v1alpha1/conditions.go", "conditions.md", conditionsPage),
		writeMetrics("internal"),
	); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func writePage(name, text string) error {
	return os.WriteFile(filepath.Join(pages, name), []byte(written+text), 0o644)
}
