package engine

import (
	"context"
	"slices"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A branch is the part of a teardown that happens in one session.
type branch struct {
	demolition Demolition
	session    external.Session
	// err ends the branch: the sign-in or a step failed. So does something that may be
	// there and is not listed yet: what it may use must not go before it.
	err      error
	waits    bool
	entries  []ledger.Entry
	verdicts map[string]verdict
	outcomes map[string]Outcome
}

// holds reports whether an entry belongs to the branch.
func (b *branch) holds(entry ledger.Entry) bool {
	first := b.entries[0]
	return entry.Provider == first.Provider && entry.Connection == first.Connection && entry.Account == first.Account
}

// unlink removes the link, if it is in this branch.
func (b *branch) unlink(ctx context.Context, link external.Slot) {
	if entry, ok := ledger.Find(b.entries, link); ok && !ledger.Outlives(entry) {
		b.attempt(ctx, entry, b.remove)
	}
}

// run removes what was made, last first, and then sees what went with it.
func (b *branch) run(ctx context.Context) {
	for _, entry := range slices.Backward(b.entries) {
		if _, done := b.outcomes[entry.Slot]; !done && !ledger.Outlives(entry) {
			b.attempt(ctx, entry, b.remove)
		}
	}
	b.settle()
}

// release gives back what outlives its owner, or just lets go of it, once nothing
// else is left.
func (b *branch) release(ctx context.Context, giveBack bool) {
	for _, entry := range b.entries {
		if !ledger.Outlives(entry) {
			continue
		}
		if giveBack && !ledger.Lent(entry) {
			b.attempt(ctx, entry, b.remove)
		} else {
			b.outcomes[entry.Slot] = Outcome{Entry: entry, Gone: true}
		}
	}
}

// attempt works on one entry unless the branch has ended.
func (b *branch) attempt(ctx context.Context, entry ledger.Entry, work func(context.Context, ledger.Entry) Outcome) {
	if b.err != nil || b.waits {
		return
	}
	outcome := Outcome{Entry: entry, Err: b.signIn(ctx, entry)}
	if outcome.Err == nil {
		outcome = work(ctx, entry)
	}
	b.err, b.waits = outcome.Err, outcome.Until.After(b.demolition.Now)
	outcome.Entry.ErrorClass = ""
	if outcome.Err != nil {
		outcome.Entry.ErrorClass = string(external.ClassOf(outcome.Err))
	}
	b.outcomes[entry.Slot] = outcome
}

// signIn opens the session when it is first needed: a ledger of which nothing was
// ever made needs no credentials.
func (b *branch) signIn(ctx context.Context, entry ledger.Entry) error {
	if b.session != nil {
		return nil
	}
	session, err := b.demolition.Open(ctx, entry.Provider, entry.Connection, entry.Account)
	if err == nil {
		b.session = session
	}
	return err
}

// remove asks for an entry to go, unless it is gone already or others use it.
// What is contained in something else is asked to go and proven gone by it.
func (b *branch) remove(ctx context.Context, entry ledger.Entry) Outcome {
	root := b.root(entry)
	verdict := b.survey(ctx, root)
	switch {
	case verdict.err != nil:
		return Outcome{Entry: entry, Err: verdict.err}
	case verdict.until.After(b.demolition.Now):
		return Outcome{Entry: entry, Until: verdict.until}
	case verdict.gone:
		return Outcome{Entry: entry, Gone: true, Note: noteFor(entry, root, verdict)}
	}
	if awaited, err := b.awaits(ctx, entry); err != nil || awaited != "" {
		return Outcome{Entry: entry, Err: err, Awaits: awaited}
	}
	work, err := driver(b.session, entry.Provider, entry.Kind)
	if err != nil {
		return Outcome{Entry: entry, Err: err}
	}
	if root.Slot == entry.Slot {
		return b.demolish(ctx, work, root, verdict)
	}
	if entry.ID == "" {
		// Its id was never recorded: it goes with what contains it.
		return Outcome{Entry: entry}
	}
	return b.askAway(ctx, work, entry)
}

func (b *branch) awaits(ctx context.Context, entry ledger.Entry) (string, error) {
	if b.demolition.Awaits == nil {
		return "", nil
	}
	return b.demolition.Awaits(ctx, entry)
}

// askAway deletes what is contained in something that goes after it. That it is
// said not to exist must be seen too: what contains it may not go while it does.
func (b *branch) askAway(ctx context.Context, work external.Driver, entry ledger.Entry) Outcome {
	call := b.recall(entry)
	err := work.Delete(ctx, call)
	absent := external.IsNotFound(err)
	if absent {
		_, err = work.Observe(ctx, call)
	}
	switch {
	case absent && external.IsNotFound(err):
		return Outcome{Entry: entry, Gone: true}
	case absent && err == nil:
		return Outcome{Entry: entry, Err: stillThere(entry)}
	case err != nil:
		return Outcome{Entry: entry, Err: err}
	}
	entry.State = v1alpha1.StateDeleting
	return Outcome{Entry: entry}
}

func stillThere(entry ledger.Entry) error {
	return &external.Error{Class: external.Unknown, Message: entry.Kind + " is still there after it was deleted"}
}

// demolish deletes what stands alone and reads that it is gone: that a
// provider took the order proves nothing.
func (b *branch) demolish(ctx context.Context, work external.Driver, entry ledger.Entry, seen verdict) Outcome {
	call := b.recall(entry)
	call.ID, call.ParentID = seen.id, seen.parentID
	refusal := work.Delete(ctx, call)
	switch {
	case external.ClassOf(refusal) == external.NumberInUse:
		return Outcome{Entry: entry, Gone: true, Note: external.MessageOf(refusal) + "; it is left alone"}
	case refusal != nil && !external.IsNotFound(refusal):
		return Outcome{Entry: entry, Err: refusal}
	}
	entry.State = v1alpha1.StateDeleting
	// Looked for as it was found: by the marker there may be a second one.
	_, err := work.Observe(ctx, b.recall(entry))
	switch {
	case external.ClassOf(refusal) == external.MovedAway && external.IsNotFound(err):
		return Outcome{Entry: entry, Gone: true, Note: external.MessageOf(refusal)}
	case external.IsNotFound(err):
		return Outcome{Entry: entry, Gone: true}
	case err != nil:
		return Outcome{Entry: entry, Err: err}
	default:
		return Outcome{Entry: entry, Err: stillThere(entry)}
	}
}

// settle lets what was contained in something that is gone be gone too. What was taken
// over is not gone before: whoever was held up right before taking it may still do so.
func (b *branch) settle() {
	for _, entry := range b.entries {
		outcome, done := b.outcomes[entry.Slot]
		container, contained := b.container(entry)
		if !done || !contained || outcome.Err != nil {
			continue
		}
		gone := b.outcomes[container.Slot].Gone
		if b.root(entry).Slot != entry.Slot && gone || entry.Origin == v1alpha1.OriginTakenOver && !gone {
			outcome.Gone = gone
			b.outcomes[entry.Slot] = outcome
		}
	}
}

// root is the entry that contains this one, or this one itself. A number on a
// trunk is the owner's own even where others use the trunk.
func (b *branch) root(entry ledger.Entry) ledger.Entry {
	container, contained := b.container(entry)
	if !contained || entry.Slot == string(external.SlotAttachment) {
		return entry
	}
	return container
}

// container is the entry that contains another one, and is to go as well. What ties a
// list to something bears its id, and comes after it.
func (b *branch) container(entry ledger.Entry) (ledger.Entry, bool) {
	i := slices.IndexFunc(b.entries, func(other ledger.Entry) bool { return other.ID != "" && other.ID == entry.ParentID })
	if i < 0 || ledger.Outlives(b.entries[i]) {
		return ledger.Entry{}, false
	}
	return b.entries[i], true
}

// own lists the ids of the owner, without those that were left to others: what
// is still on a trunk of others is used by others.
func (b *branch) own() []string {
	return ledger.IDs(slices.DeleteFunc(slices.Clone(b.demolition.Ledger), func(entry ledger.Entry) bool {
		return b.verdicts[entry.Slot].left
	}))
}
