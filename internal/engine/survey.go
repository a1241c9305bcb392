package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A verdict is what is known of a resource before it is deleted.
type verdict struct {
	id, parentID string
	// gone resources are of no concern any more; left ones because others use
	// them, as note says.
	gone, left bool
	note       string
	until      time.Time
	err        error
}

// survey looks at a resource once, before anything in it is touched.
func (b *branch) survey(ctx context.Context, entry ledger.Entry) verdict {
	if known, ok := b.verdicts[entry.Slot]; ok {
		return known
	}
	found := b.look(ctx, entry)
	b.verdicts[entry.Slot] = found
	return found
}

func (b *branch) look(ctx context.Context, entry ledger.Entry) verdict {
	work, err := driver(b.session, entry.Provider, entry.Kind)
	if err != nil {
		return verdict{err: err}
	}
	shared, isShared := work.(external.Shared)
	if isShared {
		if err := b.surveyEarlier(ctx, entry); err != nil {
			return verdict{err: err}
		}
	}
	call := b.recall(entry)
	observation, err := seek(ctx, work, call)
	if err != nil {
		return b.absent(entry, err)
	}
	call.ID, call.ParentID = observation.ID, observation.ParentID
	if entry.Name != "" && observation.Name != "" && observation.Name != entry.Name && observation.Name != b.demolition.Marker(external.Slot(entry.Slot)) {
		return b.renamed(entry, observation)
	}
	if isShared {
		by, err := shared.UsedBy(ctx, call)
		if err != nil || by != "" {
			return verdict{err: err, gone: err == nil, left: err == nil, note: fmt.Sprintf("%s %s is left alone: it is used by %s", entry.Kind, observation.ID, by)}
		}
	}
	return verdict{id: observation.ID, parentID: observation.ParentID}
}

// recall is the call for an entry. What is contained in something that stays, and of
// which no id was recorded, is found by the name that it would have been given.
func (b *branch) recall(entry ledger.Entry) external.Call {
	call := recall(entry, b.own())
	call.Lent = slices.ContainsFunc(b.entries, func(other ledger.Entry) bool { return other.ID == entry.ParentID && ledger.Lent(other) })
	if b.demolition.Release {
		call.Previous = "" // what is given back to the carrier serves nobody before
	}
	if call.ID == "" && call.Marker == "" && b.demolition.Marker != nil {
		call.Marker = b.demolition.Marker(external.Slot(entry.Slot))
	}
	return call
}

// surveyEarlier looks at what was made before an entry and may be used by others
// too: what is left to others there counts as theirs here. The link waits for
// nothing, and a number is taken off whatever it is on.
func (b *branch) surveyEarlier(ctx context.Context, entry ledger.Entry) error {
	if slot := external.Slot(entry.Slot); slot == b.demolition.Link || slot == external.SlotAttachment {
		return nil
	}
	for _, earlier := range b.entries {
		if earlier.Slot == entry.Slot {
			break
		}
		work, err := driver(b.session, earlier.Provider, earlier.Kind)
		if err != nil {
			return err
		}
		if _, shared := work.(external.Shared); !shared || ledger.Lent(earlier) {
			continue
		}
		if seen := b.survey(ctx, earlier); seen.err != nil {
			return seen.err
		}
	}
	return nil
}

// absent judges an error of looking: proven absence, absence that may be the
// lag of a list, something that serves others now, or a failure.
func (b *branch) absent(entry ledger.Entry, err error) verdict {
	switch class := external.ClassOf(err); {
	case class == external.MovedAway:
		return verdict{gone: true, note: external.MessageOf(err)}
	case class != external.NotFound:
		return verdict{err: err}
	case entry.ID == "" && entry.Since != nil:
		return verdict{gone: true, until: entry.Since.Add(b.demolition.Grace)}
	default:
		return verdict{gone: true}
	}
}

// renamed judges what bears another name than it was given. What was imported goes only
// while it bears that.
func (b *branch) renamed(entry ledger.Entry, observation external.Observation) verdict {
	if entry.Origin == v1alpha1.OriginImported {
		return verdict{gone: true, left: true, note: fmt.Sprintf("%s %s is left alone: it was imported, and does not bear the name %s", entry.Kind, observation.ID, entry.Name)}
	}
	return verdict{err: &external.Error{
		Class:   external.ResourceInUse,
		Message: fmt.Sprintf("%s %s bears another name than the one it was given, so it may serve something else: give it back the name %s, or delete it by hand", entry.Kind, observation.ID, entry.Name),
	}}
}

// noteFor says once, at the resource itself, why it was left alone.
func noteFor(entry, root ledger.Entry, seen verdict) string {
	if entry.Slot != root.Slot {
		return ""
	}
	return seen.note
}
