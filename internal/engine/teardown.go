package engine

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// A Demolition takes down what the ledger lists, from the ledger alone: spec
// and referenced objects may be gone or invalid by then.
type Demolition struct {
	// Ledger as it was read.
	Ledger []ledger.Entry
	// Marker is what the owner names its resources. What it took over and could
	// not record its new name of bears it too.
	Marker func(external.Slot) string
	// Link is the resource that goes first: without it no new call is dispatched.
	Link external.Slot
	// Stays reports whether an entry is the owner's still and left as it is; nil takes
	// down everything.
	Stays func(ledger.Entry) bool
	// Release gives back what outlives its owner, last, once all else is gone.
	Release bool
	// Awaits says who else is to take an entry away, of what others write; nil or ""
	// leaves that to the teardown.
	Awaits func(context.Context, ledger.Entry) (string, error)
	// Open signs in with the credentials that an entry was made with.
	Open Opener
	// Now and Grace say when the absence of something that was about to be
	// created can be believed.
	Now   time.Time
	Grace time.Duration
	// Schedule runs the branches; Parallel by default.
	Schedule Scheduler
}

// An Opener opens a session for a connection. Its errors are classified.
type Opener func(ctx context.Context, provider string, connection v1alpha1.Connection, account string) (external.Session, error)

// A Scheduler runs branches and returns when all of them have ended.
type Scheduler func(branches ...func())

// Parallel runs the branches side by side.
func Parallel(branches ...func()) {
	var group sync.WaitGroup
	for _, branch := range branches {
		group.Go(branch)
	}
	group.Wait()
}

// Serial runs one branch after the other.
func Serial(branches ...func()) {
	for _, branch := range branches {
		branch()
	}
}

// An Outcome is what became of one entry.
type Outcome struct {
	Entry ledger.Entry
	// Gone entries leave the ledger: a read has shown their absence, or they
	// serve somebody else and were left alone, as Note says.
	Gone bool
	Note string
	// Err is why the entry is still there; nil also for one whose turn did not
	// come because its branch had ended.
	Err error
	// Until is when the absence of an entry can be believed.
	Until time.Time
	// Awaits says what is waited for: that somebody else takes the entry away.
	Awaits string
}

// othersTake is how long somebody else takes, as a rule, to take away what is theirs.
const othersTake = 2 * time.Second

// Wait is how long outcomes ask to wait: for a provider that said so, for somebody else
// who is to act, and for lists that can be believed only later.
func Wait(outcomes []Outcome, now time.Time) time.Duration {
	var wait time.Duration
	for _, outcome := range outcomes {
		wait = max(wait, external.RetryAfterOf(outcome.Err))
		if outcome.Awaits != "" {
			wait = max(wait, othersTake)
		}
		if outcome.Until.After(now) {
			wait = max(wait, outcome.Until.Sub(now)+time.Second)
		}
	}
	return wait
}

// Settle applies outcomes to a ledger that was written since they were begun:
// what is gone leaves it, and an id that was not known is filled in. An entry that
// stands for something else by now is left as it is.
func Settle(entries []ledger.Entry, outcomes []Outcome) []ledger.Entry {
	for _, outcome := range outcomes {
		slot := external.Slot(outcome.Entry.Slot)
		entry, recorded := ledger.Find(entries, slot)
		switch {
		case !recorded || entry.ID != "" && entry.ID != outcome.Entry.ID:
		case outcome.Gone:
			entries = ledger.Remove(entries, slot)
		case entry.ID == "" && outcome.Entry.ID != "":
			entries = ledger.Put(entries, nil, outcome.Entry)
		}
	}
	return entries
}

// Run makes one attempt and returns an outcome per entry, in the order of the
// ledger. The link goes first; the branches of the providers start once that
// attempt has ended, however it ended. An error ends the branch it is in.
func (d Demolition) Run(ctx context.Context) []Outcome {
	branches := d.branches()
	for _, b := range branches {
		b.unlink(ctx, d.Link)
	}
	runs := make([]func(), len(branches))
	for i, b := range branches {
		runs[i] = func() { b.run(ctx) }
	}
	if d.Schedule == nil {
		d.Schedule = Parallel
	}
	d.Schedule(runs...)
	if allGone(branches) {
		for _, b := range branches {
			b.release(ctx, d.Release)
		}
	}
	return d.collect(branches)
}

// branches groups the entries that are to go by what they were made with.
func (d Demolition) branches() []*branch {
	var branches []*branch
	for _, entry := range d.Ledger {
		if d.Stays != nil && d.Stays(entry) {
			continue
		}
		i := slices.IndexFunc(branches, func(b *branch) bool { return b.holds(entry) })
		if i < 0 {
			i = len(branches)
			branches = append(branches, &branch{demolition: d, outcomes: map[string]Outcome{}, verdicts: map[string]verdict{}})
		}
		branches[i].entries = append(branches[i].entries, entry)
	}
	return branches
}

func (d Demolition) collect(branches []*branch) []Outcome {
	outcomes := make([]Outcome, 0, len(d.Ledger))
	for _, entry := range d.Ledger {
		outcome := Outcome{Entry: entry}
		for _, b := range branches {
			if found, ok := b.outcomes[entry.Slot]; ok {
				outcome = found
			}
		}
		outcomes = append(outcomes, outcome)
	}
	return outcomes
}

// allGone reports whether everything is gone but what outlives its owner.
func allGone(branches []*branch) bool {
	for _, b := range branches {
		for _, entry := range b.entries {
			if !ledger.Outlives(entry) && !b.outcomes[entry.Slot].Gone {
				return false
			}
		}
	}
	return true
}
