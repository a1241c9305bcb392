// Package engine carries out plans: it walks forward through what is to be
// made and backward through what is recorded. It knows drivers and the ledger;
// it knows neither the API server nor any concrete provider, decides no
// condition and writes nothing down: its caller does.
package engine

import (
	"context"
	"fmt"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
)

// driver finds what works on an entry or a resource. A provider or kind that
// this build does not know never counts as gone.
func driver(session external.Session, provider, kind string) (external.Driver, error) {
	if session == nil {
		return nil, &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf("this version of Callplane does not know the provider %q", provider)}
	}
	found, ok := session.Driver(kind)
	if !ok {
		return nil, &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf("this version of Callplane does not know the kind %q of %s", kind, provider)}
	}
	return found, nil
}

// recall is the call for what is recorded, when no spec is at hand. Only what was
// taken over goes back to where it was.
func recall(entry ledger.Entry, own []string) external.Call {
	call := external.Call{Marker: entry.Name, ID: entry.ID, ParentID: entry.ParentID, Own: own}
	switch entry.Origin {
	case v1alpha1.OriginTakenOver:
		call.Previous = entry.Previous
	case v1alpha1.OriginCreated:
		call.From = others(entry.ParentID, entry.Previous)
	case v1alpha1.OriginAdopted, v1alpha1.OriginImported:
	}
	return call
}

// seek observes a resource. Its absence counts only once a second look shows it
// too: of all answers it is the only one that lets something be forgotten or made
// again, and a provider that once answers 404 for what it holds must do no harm.
func seek(ctx context.Context, work external.Driver, call external.Call) (external.Observation, error) {
	observation, err := work.Observe(ctx, call)
	if !external.IsNotFound(err) {
		return observation, err
	}
	return work.Observe(ctx, call)
}
