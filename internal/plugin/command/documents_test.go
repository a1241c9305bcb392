package command

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"text/template"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"sigs.k8s.io/yaml"
)

// TestDocumented wants docs/plugin.md to name every command with all its flags, each in
// the section of the command.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../../../docs/plugin.md")
	if err != nil {
		t.Fatal(err)
	}
	root := New(Options{Streams: genericiooptions.NewTestIOStreamsDiscard(), Environment: func(string) string { return "" }})
	for _, command := range root.Commands() {
		if command.Name() == "help" || command.Name() == "completion" {
			continue
		}
		_, section, found := strings.Cut(string(page), "\n## "+command.Name()+"\n")
		section, _, _ = strings.Cut(section, "\n## ")
		if !found {
			t.Errorf("no section is about %s", command.Name())
		}
		wantFlags(t, command, section)
	}
}

func wantFlags(t *testing.T, command *cobra.Command, section string) {
	t.Helper()
	command.LocalNonPersistentFlags().VisitAll(func(flag *pflag.Flag) {
		if !strings.Contains(section, "`--"+flag.Name) && flag.Name != "help" {
			t.Errorf("%s: --%s is not described", command.CommandPath(), flag.Name)
		}
	})
	for _, child := range command.Commands() {
		if !strings.Contains(section, "kubectl phonenumber "+command.Name()+" "+child.Name()) {
			t.Errorf("%s is not described", child.CommandPath())
		}
		wantFlags(t, child, section)
	}
}

// TestKrew fills in the manifest as the release does, and wants what krew wants of it.
func TestKrew(t *testing.T) {
	text, err := os.ReadFile("../../../.krew.yaml")
	if err != nil {
		t.Fatal(err)
	}
	// The bot's function fills in a template of its own.
	download := func(url, tag string) string {
		return fmt.Sprintf("uri: %s\n    sha256: 0123", strings.ReplaceAll(url, "{{ .TagName }}", tag))
	}
	filled := template.Must(template.New("krew").Funcs(template.FuncMap{"addURIAndSha": download}).Parse(string(text)))
	var manifest strings.Builder
	if err := filled.Execute(&manifest, map[string]string{"TagName": "v1.2.3"}); err != nil {
		t.Fatal(err)
	}
	var plugin struct {
		APIVersion, Kind string
		Metadata         struct{ Name string }
		Spec             struct {
			Version, ShortDescription, Homepage, Description, Caveats string
			Platforms                                                 []struct {
				URI, SHA256, Bin string
				Selector         struct{ MatchLabels map[string]string }
			}
		}
	}
	if err := yaml.UnmarshalStrict([]byte(manifest.String()), &plugin); err != nil {
		t.Fatalf("%v:\n%s", err, manifest.String())
	}
	if plugin.Metadata.Name != "phonenumber" || plugin.Spec.Version != "v1.2.3" || len(plugin.Spec.Platforms) != 4 || len(plugin.Spec.ShortDescription) > 80 {
		t.Errorf("the manifest is %+v", plugin)
	}
	makefile, err := os.ReadFile("../../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(makefile), "PLUGIN_PLATFORMS := ")
	built, _, _ := strings.Cut(rest, "\n")
	for _, platform := range plugin.Spec.Platforms {
		if name := platform.Selector.MatchLabels["os"] + "_" + platform.Selector.MatchLabels["arch"]; !slices.Contains(strings.Fields(built), name) {
			t.Errorf("make plugin-archives makes none for %s", name)
		}
		want := fmt.Sprintf("https://github.com/callplane/callplane/releases/download/v1.2.3/kubectl-phonenumber_%s_%s.tar.gz",
			platform.Selector.MatchLabels["os"], platform.Selector.MatchLabels["arch"])
		if platform.URI != want || platform.SHA256 == "" || platform.Bin != "kubectl-phonenumber" {
			t.Errorf("got %+v, want it to be %s", platform, want)
		}
	}
}
