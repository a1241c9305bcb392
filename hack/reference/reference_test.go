package main

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"
)

func TestWriteFields(t *testing.T) {
	var root schema
	err := yaml.Unmarshal([]byte(`
required: [number]
properties:
  number:
    description: |-
      number in E.164, such as
      +1|2
    type: string
    minLength: 1
    maxLength: 32
    x-kubernetes-validations: [{message: number cannot be changed}]
  policy: {type: string, default: Keep, enum: [Keep, Drop]}
  resources:
    type: array
    maxItems: 6
    x-kubernetes-list-map-keys: [slot]
    items:
      type: object
      properties:
        since: {type: string, format: date-time}
  headers: {type: object, additionalProperties: {type: string, maxLength: 9}}
  conditions: {type: array, items: {type: object, properties: {type: {type: string}}}}
`), &root)
	if err != nil {
		t.Fatal(err)
	}
	want := "| `conditions` | list of object |  |  |\n" +
		"| `headers` | map to string |  | Each: At most 9 characters. |\n" +
		"| `number` | string |  | number in E.164, such as +1\\|2. Required. 1 to 32 characters. Rule: number cannot be changed. |\n" +
		"| `policy` | string | `\"Keep\"` | One of `Keep`, `Drop`. |\n" +
		"| `resources` | list of object, by `slot` |  | At most 6 entries. |\n" +
		"| `resources[].since` | time |  |  |\n"
	var got strings.Builder
	writeFields(&got, "", root)
	if diff := cmp.Diff(want, got.String()); diff != "" {
		t.Errorf("the fields, -want +got:\n%s", diff)
	}
}

func TestReadHelp(t *testing.T) {
	settings := readHelp(`Usage of callplane-manager:
  -leader-elect
    	let one lead (default true)
  -probes string
    	where they are
    	served (default ":8081")
  -hosts value
    	which may be named (default *.example.com)
  -url string
    	where to (or nowhere)
`)
	want := []setting{
		{"leader-elect", "", "let one lead", "true"},
		{"probes", "string", "where they are served", `":8081"`},
		{"hosts", "value", "which may be named", "*.example.com"},
		{"url", "string", "where to (or nowhere)", ""},
	}
	if diff := cmp.Diff(want, settings, cmp.AllowUnexported(setting{})); diff != "" {
		t.Errorf("the flags, -want +got:\n%s", diff)
	}
}

func TestNamesPage(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "names.go", `package v1alpha1

const (
	// AnnotationPaused, when "true", holds
	// a number.
	AnnotationPaused = "callplane.io/paused"
	// KindAgent is on no page.
	KindAgent = "Agent"
)

// LabelGenerated marks Secrets.
const LabelGenerated = "callplane.io/generated"
`, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	page, err := namesPage(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| `callplane.io/paused` | When \"true\", holds a number. |\n",
		"| `callplane.io/generated` | Marks Secrets. |\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no row %q:\n%s", want, page)
		}
	}
	if strings.Contains(page, "Agent") {
		t.Errorf("the page has a constant that is none of its names:\n%s", page)
	}
}

func TestConditionsPage(t *testing.T) {
	page := func(code string) (string, error) {
		file, err := parser.ParseFile(token.NewFileSet(), "conditions.go", "package v1alpha1\n"+code, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		return conditionsPage(file)
	}
	got, err := page(`
// Reasons of Ready. There are others,
// too.
const (
	// ReasonActive means that all is
	// set up.
	ReasonActive = "Active"
)
`)
	if err != nil {
		t.Fatal(err)
	}
	want := conditionsIntroduction + "\n## Reasons of Ready\n\nThere are others, too.\n\n| name | meaning |\n| --- | --- |\n| `Active` | Means that all is set up. |\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := page(`
// Reasons of Ready.
const (
	ReasonActive = "Active"
)
`); err == nil || !strings.Contains(err.Error(), "ReasonActive") {
		t.Errorf("got %v of a reason that nobody explains, want an error that names it", err)
	}
}

func TestMetricsPage(t *testing.T) {
	read := func(code string) ([]metric, error) {
		file, err := parser.ParseFile(token.NewFileSet(), "metrics.go", "package telemetry\n"+code, 0)
		if err != nil {
			t.Fatal(err)
		}
		return metricsOf(file)
	}
	metrics, err := read(`
var objects = prometheus.NewDesc("objects", "Objects.", []string{"kind", "reason"}, nil)
var lasted = prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "lasted", Help: "How long."}, []string{"policy"})
var forced = prometheus.NewCounter(prometheus.CounterOpts{Name: "forced", Help: "How many"})
func register() {
	registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "left", Help: "What is left.", ConstLabels: prometheus.Labels{"provider": provider},
	}, count))
}
`)
	if err != nil {
		t.Fatal(err)
	}
	want := metricsIntroduction +
		"| `forced` | counter |  | How many. |\n" +
		"| `lasted` | histogram | `policy` | How long. |\n" +
		"| `left` | gauge | `provider` | What is left. |\n" +
		"| `objects` | gauge | `kind`, `reason` | Objects. |\n"
	if diff := cmp.Diff(want, metricsPage(metrics)); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if _, err := read(`var forced = prometheus.NewCounter(prometheus.CounterOpts{Name: name, Help: "How many"})`); err == nil {
		t.Error("a metric whose name cannot be read is left out in silence")
	}
}
