package engine

import (
	"context"
	"fmt"

	"github.com/callplane/callplane/internal/external"
)

// Compensate deletes what was just created and could not be recorded, because
// somebody else wrote the object in between: a leader that was paused and
// resumed, or one that took over.
func (c *Construction) Compensate(ctx context.Context, created Result) error {
	work, err := driver(c.Sessions[created.Resource.Provider], created.Resource.Provider, created.Resource.Kind)
	if err != nil {
		return err
	}
	call := external.Call{
		Marker:   c.Marker(created.Resource.Slot),
		ID:       created.Observation.ID,
		ParentID: created.Observation.ParentID,
		Own:      c.own(),
		Previous: c.Previous(created.Resource),
	}
	if err := work.Delete(ctx, call); err != nil && !external.IsNotFound(err) {
		return fmt.Errorf("deleting %s %s, which could not be recorded: %w", created.Resource.Kind, call.ID, err)
	}
	return nil
}
