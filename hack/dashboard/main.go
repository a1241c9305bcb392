// Command dashboard prints the Grafana dashboard as JSON. What is on it is in rows.go;
// how Grafana writes that down is the business of its own library.
package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

func main() {
	built, err := newDashboard().Build()
	if err == nil {
		encoder := json.NewEncoder(os.Stdout)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		err = encoder.Encode(built)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "making the dashboard:", err)
		os.Exit(1)
	}
}

// A panel shows what queries say, and what that means.
type panel struct {
	title, about, unit string
	queries            []query
}

type query struct{ legend, expression string }

// A row begins with numbers that are seen at a glance, and has graphs below them.
type row struct {
	title   string
	glances []panel
	graphs  []panel
}

func newDashboard() *dashboard.DashboardBuilder {
	board := dashboard.NewDashboardBuilder("Callplane").
		Uid("callplane").
		Description("Phone numbers of voice agents: how they are, what is done for them, and what is left of them. See docs/metrics.md of Callplane.").
		Tags([]string{"callplane"}).
		Timezone(common.TimeZoneBrowser).
		Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Time("now-6h", "now").
		Refresh("1m").
		WithVariable(dashboard.NewDatasourceVariableBuilder("datasource").Label("Prometheus").Type("prometheus")).
		WithVariable(variable("job", "Job")).
		WithVariable(variable("namespace", "Installation").AllValue(".*"))
	id := uint32(0)
	next := func() uint32 { id++; return id }
	for _, r := range rows {
		board.WithRow(dashboard.NewRowBuilder(r.title).Id(next()))
		for _, p := range r.glances {
			board.WithPanel(glance(p).Id(next()).Span(24 / uint32(len(r.glances))))
		}
		for _, p := range r.graphs {
			board.WithPanel(graph(p).Id(next()).Span(width(len(r.graphs))))
		}
	}
	return board
}

// width fills the lines of a row's graphs: 24 is a whole one.
func width(graphs int) uint32 {
	if graphs%3 == 0 {
		return 8
	}
	return 12
}

var source = common.DataSourceRef{Type: new("prometheus"), Uid: new("${datasource}")}

// variable offers the values that a label has on managers.
func variable(label, name string) *dashboard.QueryVariableBuilder {
	return dashboard.NewQueryVariableBuilder(label).Label(name).
		Datasource(source).
		Query(dashboard.StringOrMap{String: new("label_values(callplane_budget_waiting, " + label + ")")}).
		Refresh(dashboard.VariableRefreshOnTimeRangeChanged).
		Multi(true).IncludeAll(true).
		Current(dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		})
}

func glance(p panel) *stat.PanelBuilder {
	builder := stat.NewPanelBuilder().
		Title(p.title).Description(p.about).Datasource(source).Unit(p.unit).Height(4).
		GraphMode(common.BigValueGraphModeArea).
		ColorScheme(dashboard.NewFieldColorBuilder().Mode(dashboard.FieldColorModeIdFixed).FixedColor("text"))
	for i, q := range p.queries {
		builder.WithTarget(target(i, q))
	}
	return builder
}

func graph(p panel) *timeseries.PanelBuilder {
	builder := timeseries.NewPanelBuilder().
		Title(p.title).Description(p.about).Datasource(source).Unit(p.unit).Height(8).Min(0).
		ShowPoints(common.VisibilityModeNever).FillOpacity(8).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom)).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	for i, q := range p.queries {
		builder.WithTarget(target(i, q))
	}
	return builder
}

func target(i int, q query) *prometheus.DataqueryBuilder {
	return prometheus.NewDataqueryBuilder().
		RefId(string(rune('A' + i))).Datasource(source).Expr(q.expression).LegendFormat(q.legend).Range()
}
