package plot

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/sample"
)

func TestSVG(t *testing.T) {
	svg := SVG([]report.Curve{
		{Name: "teardown <all>", Unit: "s", Points: []sample.Point{{X: 100, Y: 6}, {X: 10000, Y: 600}}},
		{Name: "nothing", Unit: "s"},
		{Name: "calls", Unit: "calls", Points: []sample.Point{{X: 0, Y: 7}, {X: 100, Y: 0}}},
	})
	elements := map[string]int{}
	for decoder := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the picture is XML: %v\n%s", err, svg)
		}
		if start, ok := token.(xml.StartElement); ok {
			elements[start.Name.Local]++
		}
	}
	if elements["g"] != 2 || elements["polyline"] != 2 || elements["circle"] != 3 {
		t.Errorf("each curve with points has a panel, and each point but that of no numbers a dot: %v", elements)
	}
	if strings.Contains(svg, "NaN") || strings.Contains(svg, "Inf") {
		t.Errorf("zero has a place too:\n%s", svg)
	}
}

func TestAxis(t *testing.T) {
	points := []sample.Point{{X: 100}, {X: 1000}, {X: 10000}}
	a := newAxis(points, func(p sample.Point) float64 { return p.X }, 0, 200)
	var places []float64
	for _, p := range points {
		places = append(places, a.place(p.X))
	}
	if diff := cmp.Diff([]float64{0, 100, 200}, places); diff != "" {
		t.Errorf("powers of ten are equally far apart:\n%s", diff)
	}
}
