//go:build clients

package chart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestRefused shows that Helm refuses what can only be a mistake.
func TestRefused(t *testing.T) {
	cases := map[string]struct {
		reason string
		values []string
		says   string
	}{
		"typing error":        {reason: "a key that does nothing is found in production", values: []string{"replicas=2"}, says: "additional properties 'replicas' not allowed"},
		"typing error within": {reason: "the same below", values: []string{"crd.keeep=true"}, says: "at '/crd': additional properties 'keeep' not allowed"},
		"wrong type":          {reason: "a template would print it", values: []string{"replicaCount=two"}, says: "at '/replicaCount': got string, want integer"},
		"string for a switch": {reason: `"false" is true in a template`, values: []string{"crd.keep=no"}, says: "at '/crd/keep': got string, want boolean"},
		"no duration":         {reason: "the manager would not start", values: []string{"manager.resyncPeriod=soon"}, says: "at '/manager/resyncPeriod'"},
		"no installation id":  {reason: "the manager would not start", values: []string{"manager.installationId=ABC"}, says: "at '/manager/installationId'"},
		"no hosts":            {reason: "no LiveKitProject could be used", values: []string{"manager.livekitAllowedHosts=null"}, says: "missing property 'livekitAllowedHosts'"},
		"a flag that is set":  {reason: "which of the two holds?", values: []string{"extraArgs={--workers=3}"}, says: "at '/extraArgs/0'"},
		"no flag":             {reason: "the manager would not start", values: []string{"extraArgs={workers}"}, says: "at '/extraArgs/0'"},
		"no policy":           {reason: "the API server would refuse it", values: []string{"image.pullPolicy=Sometimes"}, says: "at '/image/pullPolicy'"},
		"tag in repository":   {reason: "the image would have two", values: []string{"image.repository=callplane:dev"}, says: "at '/image/repository'"},
		"no image":            {reason: "no pod would start", values: []string{"image.repository="}, says: "at '/image/repository'"},
		"a namespace twice":   {reason: "its objects would be listed twice", values: []string{"watchNamespaces={a,a}"}, says: "are equal"},
		"no namespace":        {reason: "no Role could be made in it", values: []string{"watchNamespaces={Team A}"}, says: "at '/watchNamespaces/0'"},
		"a user alone":        {reason: "it would run in the group 0", values: []string{"podSecurityContext.runAsGroup=null"}, says: "'runAsGroup' required"},
		"a group alone":       {reason: "it would never start", values: []string{"podSecurityContext.runAsUser=null"}, says: "'runAsUser' required"},
		"the port of probes":  {reason: "two servers cannot share it", values: []string{"metrics.port=8081"}, says: "at '/metrics/port'"},
		"a strange quantity":  {reason: "the API server would refuse it", values: []string{"resources.limits.memory=much"}, says: "at '/resources/limits/memory'"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			arguments := []string{"template", release, chartFolder(t)}
			for _, value := range c.values {
				arguments = append(arguments, "--set="+value)
			}
			output, err := run(t.Context(), t, "helm", "", arguments...)
			if err == nil {
				t.Fatalf("it is not refused: %s", c.reason)
			}
			if !strings.Contains(output, c.says) {
				t.Errorf("it says %s\nwant %q", output, c.says)
			}
		})
	}
}

// TestSchemaIsStrict shows that no object of values.yaml takes keys that it does not
// name, and that the schema names those of values.yaml and no others.
func TestSchemaIsStrict(t *testing.T) {
	var schema map[string]any
	if err := json.Unmarshal([]byte(schemaText(t)), &schema); err != nil {
		t.Fatal(err)
	}
	compare(t, "", readValues(t), schema)
}

// open are the keys that only users fill in.
var open = []string{".global"}

func compare(t *testing.T, path string, values, schema map[string]any) {
	t.Helper()
	properties, ok := schema["properties"].(map[string]any)
	if !ok {
		return // its keys are names that users choose
	}
	if schema["additionalProperties"] != false {
		t.Errorf("%s takes keys that the schema does not name", path)
	}
	for name, value := range values {
		property, ok := properties[name].(map[string]any)
		if !ok {
			t.Errorf("the schema has no %s.%s", path, name)
			continue
		}
		if within, ok := value.(map[string]any); ok {
			compare(t, path+"."+name, within, property)
		}
	}
	if described(path) {
		return
	}
	for name := range properties {
		if values[name] == nil && !slices.Contains(open, path+"."+name) {
			t.Errorf("values.yaml has no %s.%s", path, name)
		}
	}
}

// described are values as Kubernetes has them, which values.yaml need not fill in.
func described(path string) bool {
	return slices.Contains([]string{".podSecurityContext", ".podSecurityContext.seccompProfile", ".securityContext", ".securityContext.capabilities", ".resources", ".affinity"}, path)
}

func schemaText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(chartFolder(t), "values.schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestLint runs what a person who changes the chart runs.
func TestLint(t *testing.T) {
	if output, err := run(t.Context(), t, "helm", "", "lint", "--strict", chartFolder(t)); err != nil {
		t.Errorf("helm lint: %v\n%s", err, output)
	}
	if output, err := run(t.Context(), t, "helm-unittest", "", "--strict", chartFolder(t)); err != nil {
		t.Errorf("helm-unittest: %v\n%s", err, output)
	}
}
