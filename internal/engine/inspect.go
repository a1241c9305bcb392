package engine

import (
	"context"

	"github.com/callplane/callplane/internal/ledger"
)

// Inspect looks at everything that the ledger lists and changes nothing. Gone is
// what a read has shown to be absent, and what was contained in it; whatever others
// use by now is still there. With the last of what was made goes what outlives its owner.
func (d Demolition) Inspect(ctx context.Context) []Outcome {
	branches := d.branches()
	for _, b := range branches {
		b.inspect(ctx)
	}
	if allGone(branches) {
		for _, b := range branches {
			b.release(ctx, false)
		}
	}
	return d.collect(branches)
}

func (b *branch) inspect(ctx context.Context) {
	for _, entry := range b.entries {
		b.outcomes[entry.Slot] = Outcome{Entry: entry}
		if !ledger.Outlives(entry) && b.root(entry).Slot == entry.Slot {
			b.attempt(ctx, entry, b.inspected)
		}
	}
	b.settle()
}

// inspected is what a read shows of one entry.
func (b *branch) inspected(ctx context.Context, entry ledger.Entry) Outcome {
	work, err := driver(b.session, entry.Provider, entry.Kind)
	if err != nil {
		return Outcome{Entry: entry, Err: err}
	}
	observation, err := seek(ctx, work, b.recall(entry))
	if err == nil {
		entry.ID = observation.ID
		return Outcome{Entry: entry}
	}
	seen := b.absent(entry, err)
	return Outcome{Entry: entry, Err: seen.err, Gone: seen.gone && !seen.until.After(b.demolition.Now), Until: seen.until}
}
