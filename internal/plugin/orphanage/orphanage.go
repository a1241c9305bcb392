// Package orphanage shows OrphanRecords: what was left behind where, why and since when.
// It decides nothing about them.
package orphanage

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/util/duration"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/tree"
)

// Sort puts records in the order of their age, the oldest first.
func Sort(records []v1alpha1.OrphanRecord) {
	slices.SortFunc(records, func(a, b v1alpha1.OrphanRecord) int {
		return cmp.Or(a.Spec.Since.Compare(b.Spec.Since.Time), strings.Compare(a.Name, b.Name))
	})
}

// Rows is a table of records.
func Rows(records []v1alpha1.OrphanRecord, wide bool, now time.Time) [][]layout.Cell {
	head := layout.Head("RECORD", "NUMBER", "FROM", "REASON", "STATE", "SINCE", "LEFT")
	if wide {
		head = append(head, layout.Head("WHERE", "MESSAGE")...)
	}
	rows := [][]layout.Cell{head}
	for _, record := range records {
		row := append(layout.Cells(record.Name, orDash(record.Spec.Owner.Number), from(record), record.Spec.Reason),
			state(record), layout.Cell{Text: since(record, now)}, layout.Cell{Text: left(record)})
		if wide {
			row = append(row, layout.Cells(where(record), message(record))...)
		}
		rows = append(rows, row)
	}
	return rows
}

// Text is one record with the tree of what it lists.
func Text(record v1alpha1.OrphanRecord, paint layout.Painter, now time.Time) string {
	text := layout.Table(paint, [][]layout.Cell{
		layout.Cells("Record", record.Namespace+"/"+record.Name),
		layout.Cells("From", strings.TrimSpace(from(record)+" "+record.Spec.Owner.Number)),
		layout.Cells("Reason", record.Spec.Reason+", "+since(record, now)+" ago"),
		{{Text: "State"}, state(record)},
	})
	if said := message(record); said != "" {
		text += layout.Table(paint, [][]layout.Cell{layout.Cells("Message", said)})
	}
	return text + "\n" + layout.Table(paint, tree.Rows(record.Status.Resources, false))
}

func from(record v1alpha1.OrphanRecord) string {
	owner := record.Spec.Owner
	if owner.Name == "" {
		return owner.Kind + " " + owner.UID
	}
	return fmt.Sprintf("%s %s/%s", owner.Kind, owner.Namespace, owner.Name)
}

func state(record v1alpha1.OrphanRecord) layout.Cell {
	cell := layout.Cell{Text: orDash(record.Status.State), Tone: layout.Warn}
	switch stalled := meta.FindStatusCondition(record.Status.Conditions, v1alpha1.ConditionStalled); {
	case record.Status.State == v1alpha1.OrphanClosed:
		cell.Tone = layout.Good
	case stalled != nil:
		cell.Text += ": " + stalled.Reason
		cell.Tone = layout.Bad
	case record.Annotations[v1alpha1.AnnotationDeleteExternal] == "true":
		cell.Text += ", being deleted"
	}
	return cell
}

func since(record v1alpha1.OrphanRecord, now time.Time) string {
	return duration.HumanDuration(max(now.Sub(record.Spec.Since.Time), 0))
}

// left counts what is left by kind, in the order of the record.
func left(record v1alpha1.OrphanRecord) string {
	var kinds []string
	counts := map[string]int{}
	for _, resource := range record.Status.Resources {
		if counts[resource.Kind] == 0 {
			kinds = append(kinds, resource.Kind)
		}
		counts[resource.Kind]++
	}
	for i, kind := range kinds {
		if counts[kind] > 1 {
			kinds[i] = fmt.Sprintf("%d %s", counts[kind], kind)
		}
	}
	return orDash(strings.Join(kinds, ", "))
}

func where(record v1alpha1.OrphanRecord) string {
	var accounts []string
	for _, resource := range record.Status.Resources {
		if place := resource.Provider + " " + resource.Account; !slices.Contains(accounts, place) {
			accounts = append(accounts, place)
		}
	}
	return orDash(strings.Join(accounts, ", "))
}

func message(record v1alpha1.OrphanRecord) string {
	for _, condition := range record.Status.Conditions {
		if condition.Message != "" {
			return condition.Message
		}
	}
	return ""
}

func orDash(text string) string { return cmp.Or(text, "-") }
