// Package orphan finds what has no owner at the providers, keeps the records of
// what was left behind true, and deletes what a record lists when a person says
// so. It is the shell around the package sweep, which decides.
package orphan

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/status"
	"github.com/callplane/callplane/internal/sweep"
	"github.com/callplane/callplane/internal/usage"
)

// A Sweeper looks through the accounts, or the projects, of type T: for what has no owner,
// and for owners that lack something. It deletes nothing.
type Sweeper[T connection.Object] struct {
	*Keeper
	// Cached reads numbers and records as a cache shows them: enough to see that
	// nothing is amiss.
	Cached client.Reader
	// Interval between two sweeps of an account, at most.
	Interval time.Duration
	// Suspect is told of each owner that the lists do not show as its ledger does; nil if
	// nobody wants to know.
	Suspect func(v1alpha1.Owner)

	seen memory
}

// A memory is what things in each account looked like at the last sweep.
type memory struct {
	mu        sync.Mutex
	revisions map[string]sweep.Revisions
}

// exchange notes what things look like now, and returns what they did before.
func (m *memory) exchange(account string, now sweep.Revisions) sweep.Revisions {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.revisions == nil {
		m.revisions = map[string]sweep.Revisions{}
	}
	before := m.revisions[account]
	m.revisions[account] = now
	return before
}

// Reconcile sweeps an account that is verified. Where several objects stand for one
// account, it is swept for one of them.
func (s *Sweeper[T]) Reconcile(ctx context.Context, object T) (reconcile.Result, error) {
	next := reconcile.Result{RequeueAfter: s.Retries.Jitter(s.Interval), Priority: new(handler.LowPriority)}
	standing, err := s.Connections.Standing(ctx, object.Connection().Kind, connection.Account(object), types.NamespacedName{})
	if err != nil || standing == nil || standing.GetUID() != object.GetUID() {
		return next, err
	}
	at, ok := s.Providers.Of(object.Connection())
	if !ok {
		return next, nil
	}
	err = s.sweep(ctx, object, at)
	count(at.Name(), err)
	if err == nil {
		s.swept.completed(connection.NameOf(object), s.Clock.Now())
	} else {
		// The next sweep is soon enough: an error must not make for more calls.
		log.FromContext(ctx).Info("A sweep has ended early", "account", connection.Account(object), "class", external.ClassOf(err), "error", err.Error())
	}
	return next, nil
}

// sweep lists everything at the provider first: what cannot be listed whole says
// nothing. No number is read by itself: a list holds a thousand of them.
func (s *Sweeper[T]) sweep(ctx context.Context, object T, at provider.Provider) error {
	session, err := s.Connections.Open(ctx, object)
	if err != nil {
		return err
	}
	before, err := s.view(ctx, s.Cached)
	if err != nil {
		return err
	}
	versions, settled := before.Versions(), s.Clock.Now().Add(-s.Grace)
	revisions := sweep.Revisions{}
	inventory := engine.Inventory{Session: session, Connection: object.Connection(), Everything: provider.EverythingAt(at), Seen: revisions.See}
	listed, err := inventory.Named(ctx)
	if err != nil {
		return err
	}
	counted, err := inventory.Counted(ctx)
	if err != nil {
		return err
	}
	cached, err := s.view(ctx, s.Cached)
	if err != nil {
		return err
	}
	s.compare(ctx, cached, sweep.Drift{
		Account: session.Account(), Lists: inventory.Lists, Listed: slices.Concat(listed, counted),
		Before: versions, Settled: settled, Revisions: revisions, Earlier: s.seen.exchange(session.Account(), revisions),
	})
	if err := s.report(ctx, object, inventory, listed, cached); err != nil {
		return err
	}
	return s.settle(ctx, at.Name(), session, listed, cached)
}

// compare has those looked at whose ledgers say something else than the lists.
func (s *Sweeper[T]) compare(ctx context.Context, cached sweep.View, seen sweep.Drift) {
	if s.Suspect == nil {
		return
	}
	for _, owner := range cached.Drifted(seen) {
		log.FromContext(ctx).Info("Something is not as it was left", "kind", owner.Identity().Kind, "namespace", owner.GetNamespace(), "name", owner.GetName())
		s.Suspect(owner)
	}
}

// report puts on record what has no owner. A cache only makes suspicious: who has
// no owner is decided by what the API server shows now, and by another look.
func (s *Sweeper[T]) report(ctx context.Context, object T, inventory engine.Inventory, listed []ledger.Entry, cached sweep.View) error {
	if len(cached.Strays(listed)) == 0 {
		return nil
	}
	view, err := s.view(ctx, s.Direct)
	if err != nil {
		return err
	}
	var strays []sweep.Stray
	for _, stray := range view.Strays(listed) {
		there, err := inventory.Confirms(ctx, stray.Entry)
		if err != nil {
			return err
		}
		if there {
			strays = append(strays, stray)
		}
	}
	for _, find := range sweep.Finds(strays) {
		if err := s.record(ctx, object, inventory, find); err != nil {
			return err
		}
	}
	return nil
}

func (s *Sweeper[T]) record(ctx context.Context, object T, inventory engine.Inventory, find sweep.Find) error {
	entries := find.Entries
	for _, entry := range find.Entries {
		within, err := inventory.Within(ctx, entry)
		if err != nil {
			return err
		}
		entries = append(entries, within...)
	}
	record, err := s.Orphans.Found(ctx, find.Record, find.Owner, entries, s.now())
	if err != nil || record == nil {
		return err
	}
	note := status.Swept(record, connection.Account(object), find.Entries)
	log.FromContext(ctx).Info(note)
	for _, regarding := range []client.Object{record, object} {
		s.event(regarding, corev1.EventTypeWarning, v1alpha1.ReasonSwept, note)
	}
	return nil
}

// settle takes off the records what a read shows to be gone, and what has an owner
// again though whoever took it over died before he could settle the record.
func (s *Sweeper[T]) settle(ctx context.Context, at string, session external.Session, listed []ledger.Entry, cached sweep.View) error {
	owned, err := s.owned(ctx, cached)
	if err != nil {
		return err
	}
	for _, record := range cached.Records {
		outcomes := s.inspect(ctx, session, sweep.InDoubt(record, at, session.Account(), listed))
		for _, entry := range owned[record.Name] {
			outcomes = append(outcomes, engine.Outcome{Entry: entry, Gone: true})
		}
		if err := s.settleRecord(ctx, record.Name, outcomes); err != nil {
			return err
		}
	}
	return nil
}

// owned is decided by what the API server shows now, once a cache has it so.
func (s *Sweeper[T]) owned(ctx context.Context, cached sweep.View) (map[string][]ledger.Entry, error) {
	if len(cached.Owned()) == 0 {
		return nil, nil
	}
	view, err := s.view(ctx, s.Direct)
	return view.Owned(), err
}

func (s *Sweeper[T]) inspect(ctx context.Context, session external.Session, doubtful []ledger.Entry) []engine.Outcome {
	return engine.Demolition{
		Ledger: doubtful, Now: s.Clock.Now(), Grace: s.Grace,
		Open: func(context.Context, string, v1alpha1.Connection, string) (external.Session, error) {
			return session, nil
		},
	}.Inspect(ctx)
}

func (s *Sweeper[T]) settleRecord(ctx context.Context, name string, outcomes []engine.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	record, err := s.Orphans.Change(ctx, name, func(record *v1alpha1.OrphanRecord) {
		record.Status.Resources = engine.Settle(record.Status.Resources, outcomes)
	})
	if err != nil {
		return err
	}
	s.announceClosed(record)
	for _, outcome := range outcomes {
		if outcome.Err != nil {
			return fmt.Errorf("looking for %s %s: %w", outcome.Entry.Kind, outcome.Entry.ID, outcome.Err)
		}
	}
	return nil
}

// view lists owners before records: whoever forces writes a record before the
// owner is gone. What a cache has is read where it is, since nothing changes it.
func (s *Sweeper[T]) view(ctx context.Context, reader client.Reader) (sweep.View, error) {
	owners, err := usage.Owners(ctx, reader, client.UnsafeDisableDeepCopy)
	if err != nil {
		return sweep.View{}, fmt.Errorf("listing the owners: %w", err)
	}
	var records v1alpha1.OrphanRecordList
	if err := reader.List(ctx, &records, client.InNamespace(s.Orphans.Namespace), client.UnsafeDisableDeepCopy); err != nil {
		return sweep.View{}, fmt.Errorf("listing the records: %w", err)
	}
	return sweep.View{Installation: s.Installation, Owners: owners, Records: records.Items}, nil
}
