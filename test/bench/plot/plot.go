// Package plot draws curves as SVG: one panel for each, both axes logarithmic, since
// fleets of 100 and of 10,000 numbers are to be seen in one picture. It is pure.
package plot

import (
	"fmt"
	"html"
	"math"
	"slices"
	"strings"

	"github.com/callplane/callplane/test/bench/report"
	"github.com/callplane/callplane/test/bench/sample"
)

// Sizes in pixels.
const (
	panelWidth, panelHeight = 300, 220
	left, right, top, below = 56, 14, 34, 34
	inRow                   = 3
)

// SVG draws the curves that have points.
func SVG(curves []report.Curve) string {
	var drawn []report.Curve
	for _, curve := range curves {
		// An empty fleet has no place on a logarithmic axis.
		curve.Points = slices.DeleteFunc(slices.Clone(curve.Points), func(p sample.Point) bool { return p.X <= 0 })
		if len(curve.Points) > 0 {
			drawn = append(drawn, curve)
		}
	}
	rows := (len(drawn) + inRow - 1) / inRow
	var svg strings.Builder
	fmt.Fprintf(&svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" font-family="sans-serif" font-size="11">`+"\n",
		inRow*panelWidth, rows*panelHeight)
	svg.WriteString(`<rect width="100%" height="100%" fill="white"/>` + "\n")
	for i, curve := range drawn {
		fmt.Fprintf(&svg, `<g transform="translate(%d,%d)">`+"\n", i%inRow*panelWidth, i/inRow*panelHeight)
		panel(&svg, curve)
		svg.WriteString("</g>\n")
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

func panel(svg *strings.Builder, curve report.Curve) {
	x := newAxis(curve.Points, func(p sample.Point) float64 { return p.X }, left, panelWidth-right)
	y := newAxis(curve.Points, func(p sample.Point) float64 { return p.Y }, panelHeight-below, top)
	fmt.Fprintf(svg, `<text x="%d" y="18" font-weight="bold">%s, %s</text>`+"\n", left, html.EscapeString(curve.Name), html.EscapeString(curve.Unit))
	for _, tick := range x.ticks() {
		at := x.place(tick)
		fmt.Fprintf(svg, `<path d="M%.1f %d V%d" stroke="#ddd"/><text x="%.1f" y="%d" text-anchor="middle">%g</text>`+"\n",
			at, top, panelHeight-below, at, panelHeight-below+16, tick)
	}
	for _, tick := range y.ticks() {
		at := y.place(tick)
		fmt.Fprintf(svg, `<path d="M%d %.1f H%d" stroke="#ddd"/><text x="%d" y="%.1f" text-anchor="end">%g</text>`+"\n",
			left, at, panelWidth-right, left-6, at+4, tick)
	}
	var line []string
	for _, p := range curve.Points {
		at := fmt.Sprintf("%.1f,%.1f", x.place(p.X), y.place(p.Y))
		line = append(line, at)
		fmt.Fprintf(svg, `<circle cx="%.1f" cy="%.1f" r="3" fill="#0645ad"><title>%g at %g</title></circle>`+"\n", x.place(p.X), y.place(p.Y), p.Y, p.X)
	}
	fmt.Fprintf(svg, `<polyline points="%s" fill="none" stroke="#0645ad" stroke-width="1.5"/>`+"\n", strings.Join(line, " "))
}

// An axis is logarithmic, from one power of ten to another.
type axis struct {
	low, high float64 // exponents
	from, to  float64 // pixels
}

// smallest stands for what a logarithm does not have.
const smallest = 0.001

func newAxis(points []sample.Point, value func(sample.Point) float64, from, to float64) axis {
	low, high := math.Inf(1), math.Inf(-1)
	for _, point := range points {
		exponent := math.Log10(max(value(point), smallest))
		low, high = min(low, math.Floor(exponent)), max(high, math.Ceil(exponent))
	}
	if low == high {
		high++
	}
	return axis{low, high, from, to}
}

func (a axis) place(value float64) float64 {
	share := (math.Log10(max(value, smallest)) - a.low) / (a.high - a.low)
	return a.from + share*(a.to-a.from)
}

func (a axis) ticks() []float64 {
	var ticks []float64
	for exponent := a.low; exponent <= a.high; exponent++ {
		ticks = append(ticks, math.Pow(10, exponent))
	}
	return ticks
}
