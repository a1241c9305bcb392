package cluster

import (
	"context"
	"strings"
	"sync"

	"k8s.io/client-go/rest"
)

// Warnings prints each warning of the API server once. The plan of a deletion is left out:
// the plugin shows it by itself.
type Warnings struct {
	Print func(string)

	mu   sync.Mutex
	seen map[string]bool
}

var _ rest.WarningHandlerWithContext = (*Warnings)(nil)

// planPolicy is who sends the plan of a deletion as a warning.
const planPolicy = "'callplane-deletion-plan'"

// HandleWarningHeaderWithContext takes one warning.
func (w *Warnings) HandleWarningHeaderWithContext(_ context.Context, code int, _, text string) {
	if code != 299 || text == "" || strings.Contains(text, planPolicy) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen[text] {
		return
	}
	if w.seen == nil {
		w.seen = map[string]bool{}
	}
	w.seen[text] = true
	w.Print(text)
}
