package report

import (
	"maps"
	"slices"
	"strings"
)

// curveTable has a row for each size and a column for each curve.
func curveTable(text *strings.Builder, curves []Curve) {
	sizes := map[float64]bool{}
	head, rule := []string{"numbers"}, []string{"---"}
	for _, curve := range curves {
		head, rule = append(head, curve.Name+", "+curve.Unit), append(rule, "---")
		for _, point := range curve.Points {
			sizes[point.X] = true
		}
	}
	row(text, head)
	row(text, rule)
	for _, size := range slices.Sorted(maps.Keys(sizes)) {
		cells := []string{number(size)}
		for _, curve := range curves {
			cells = append(cells, curve.at(size))
		}
		row(text, cells)
	}
}

func (c Curve) at(size float64) string {
	for _, point := range c.Points {
		if point.X == size {
			return number(point.Y)
		}
	}
	return ""
}
