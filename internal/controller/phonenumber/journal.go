package phonenumber

import (
	"context"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/plan"
	"github.com/callplane/callplane/internal/usage"
)

func (v *visit) journal(ends ends, steps []plan.Step, construction *engine.Construction) *lifecycle.Journal {
	return &lifecycle.Journal{
		Visit: v.Visit, Steps: steps, Construction: construction, Connections: ends.Connections,
		Establish: v.establish, Unneeded: v.unneeded,
		Noted: func(resource external.Resource) {
			if resource.Slot == ends.platform.Link() {
				v.noteLink()
			}
		},
	}
}

// noteLink writes into the status whose the calls are now.
func (v *visit) noteLink() {
	v.number.Status.LinkedAgent = ""
	if agent := v.number.Spec.AgentRef; agent != nil {
		v.number.Status.LinkedAgent = agent.Name
	}
}

// unneeded reports whether what was created serves nobody. A number that was bought is
// found again by itself, and is given back only where its object was to do so and is
// gone, and nobody else wants it.
func (v *visit) unneeded(ctx context.Context, live v1alpha1.Owner, resource external.Resource) (bool, error) {
	if !resource.Existing {
		return true, nil
	}
	if live != nil || v.number.Spec.DeletionPolicy != v1alpha1.DeletionPolicyRelease {
		return false, nil
	}
	others, err := usage.OfNumberNow(ctx, v.Direct, v.number.Spec.Number)
	return len(others) == 0, err
}
