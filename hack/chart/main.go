// Command chart writes what the Helm chart has from elsewhere: the objects of config/,
// which the templates read, and the table of values in its README. It knows no Helm.
package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

const chart = "charts/callplane"

// copies are folders of config and files in them, as the chart has them in files/.
// What does not exist yet is left out.
var copies = []string{
	"crd/bases/*.yaml",
	"policy/*.yaml",
	"rbac/*.yaml",
	"network-policy/*.yaml",
	"prometheus/rules.yaml",
	"grafana/callplane.json",
}

func main() {
	if err := errors.Join(copyConfig("config", filepath.Join(chart, "files")), writeTable(chart)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// copyConfig makes a folder anew, so that nothing stays in it that config has no more.
func copyConfig(config, files string) error {
	if err := os.RemoveAll(files); err != nil {
		return err
	}
	for _, pattern := range copies {
		paths, err := filepath.Glob(filepath.Join(config, pattern))
		if err != nil {
			return err
		}
		for _, path := range paths {
			if filepath.Base(path) == "kustomization.yaml" {
				continue
			}
			if err := copyFile(config, path, files); err != nil {
				return err
			}
		}
	}
	return nil
}

func copyFile(config, path, files string) error {
	within, err := filepath.Rel(config, path)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("copying into the chart: %w", err)
	}
	target := filepath.Join(files, within)
	if err := os.MkdirAll(filepath.Dir(target), fs.ModePerm); err != nil {
		return err
	}
	return os.WriteFile(target, text, 0o644)
}
