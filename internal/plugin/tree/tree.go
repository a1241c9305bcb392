// Package tree draws what an object has at the providers: by provider and account, and
// within these what is in what. It knows nothing but the ledger.
package tree

import (
	"fmt"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/plugin/layout"
)

// Rows draws a ledger. A wide one has the names under which things are found at the
// provider too.
func Rows(entries []v1alpha1.ExternalResource, wide bool) [][]layout.Cell {
	var rows [][]layout.Cell
	groups := group(entries)
	for i, g := range groups {
		stem, indent := branch("", i == len(groups)-1)
		rows = append(rows, []layout.Cell{{Text: stem + g.title(), Tone: layout.Bold}})
		rows = append(rows, g.rows(g.roots(), indent, wide)...)
	}
	return rows
}

// A holder is an account at a provider, with what it holds, in the order of the ledger.
type holder struct {
	provider, account string
	connection        v1alpha1.Connection
	entries           []v1alpha1.ExternalResource
}

func group(entries []v1alpha1.ExternalResource) []*holder {
	var holders []*holder
	for _, entry := range entries {
		at := find(holders, entry)
		if at == nil {
			at = &holder{provider: entry.Provider, account: entry.Account, connection: entry.Connection}
			holders = append(holders, at)
		}
		at.entries = append(at.entries, entry)
	}
	return holders
}

func find(holders []*holder, entry v1alpha1.ExternalResource) *holder {
	for _, h := range holders {
		if h.provider == entry.Provider && h.account == entry.Account && h.connection == entry.Connection {
			return h
		}
	}
	return nil
}

func (h *holder) title() string {
	return fmt.Sprintf("%s %s (%s %s)", h.provider, h.account, h.connection.Kind, h.connection.Name)
}

// container is the place of what contains an entry; -1 for none of the ledger. It was made
// before what is in it, and before what ties it to something else, which has its id too.
func (h *holder) container(child int) int {
	parent := h.entries[child].ParentID
	for i, entry := range h.entries[:child] {
		if parent != "" && entry.ID == parent {
			return i
		}
	}
	return -1
}

func (h *holder) roots() []int { return h.inside(-1) }

func (h *holder) inside(container int) []int {
	var places []int
	for i := range h.entries {
		if h.container(i) == container {
			places = append(places, i)
		}
	}
	return places
}

func (h *holder) rows(places []int, indent string, wide bool) [][]layout.Cell {
	var rows [][]layout.Cell
	for n, place := range places {
		stem, deeper := branch(indent, n == len(places)-1)
		entry := h.entries[place]
		rows = append(rows, row(stem, entry, h.container(place) < 0, wide))
		rows = append(rows, h.rows(h.inside(place), deeper, wide)...)
	}
	return rows
}

func branch(indent string, last bool) (stem, deeper string) {
	if last {
		return indent + "└─ ", indent + "   "
	}
	return indent + "├─ ", indent + "│  "
}

func row(stem string, entry v1alpha1.ExternalResource, outermost, wide bool) []layout.Cell {
	cells := []layout.Cell{{Text: stem + entry.Kind}, {Text: identity(entry)}, state(entry)}
	if wide {
		cells = append(cells, layout.Cell{Text: orDash(entry.Name), Tone: layout.Faint})
	}
	return append(cells, layout.Cell{Text: remark(entry, outermost), Tone: layout.Faint})
}

func identity(entry v1alpha1.ExternalResource) string {
	if entry.ID == "" {
		return "(perhaps)"
	}
	return entry.ID
}

var tones = map[v1alpha1.State]layout.Tone{
	v1alpha1.StateReady: layout.Good, v1alpha1.StatePending: layout.Warn, v1alpha1.StateOutdated: layout.Warn,
	v1alpha1.StateMissing: layout.Bad, v1alpha1.StateDeleting: layout.Warn,
}

func state(entry v1alpha1.ExternalResource) layout.Cell {
	if entry.ErrorClass != "" {
		return layout.Cell{Text: fmt.Sprintf("%s: %s", entry.State, entry.ErrorClass), Tone: layout.Bad}
	}
	return layout.Cell{Text: string(entry.State), Tone: tones[entry.State]}
}

// remark says what is not plain from the rest.
func remark(entry v1alpha1.ExternalResource, outermost bool) string {
	switch {
	case entry.State == v1alpha1.StatePending && entry.ID == "" && entry.Name != "":
		return "about to be made, and may be there under the name " + entry.Name
	case entry.Origin == v1alpha1.OriginTakenOver && entry.Previous != "":
		return "taken from " + entry.Previous
	case ledger.Lent(entry):
		return "imported, and left as it is"
	case entry.Origin == v1alpha1.OriginImported:
		return "imported"
	case entry.Origin == v1alpha1.OriginAdopted:
		return "was there before"
	case entry.ParentID != "" && outermost:
		return "in " + entry.ParentID
	}
	return ""
}

func orDash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}
