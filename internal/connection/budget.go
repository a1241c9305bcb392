package connection

import (
	"context"
	"strings"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/provider"
)

// Budget is that of the account which an object was verified to stand for; nil where it
// was not, or nothing is limited. All such objects share it.
func (r Resolver) Budget(object Object) *budget.Account {
	at, ok := r.Providers.Of(object.Connection())
	if r.Budgets == nil || !ok || !accepted(object) {
		return nil
	}
	return r.Budgets.Account(NameOf(object), at.Terms(0))
}

// accepted reports whether the credentials of an object were accepted, also if their
// Secret is about to go.
func accepted(object Object) bool {
	ready := meta.FindStatusCondition(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
	return ready != nil && (ready.Reason == v1alpha1.ReasonVerified || ready.Reason == v1alpha1.ReasonSecretTerminating)
}

// Declare lets an object lower the budget of the account that it was verified to stand
// for, or no longer lower any.
func (r Resolver) Declare(object Object) {
	account := r.Budget(object)
	if account == nil {
		r.Withdraw(object.GetNamespace(), object.Connection())
		return
	}
	at, _ := r.Providers.Of(object.Connection())
	account.Declare(holder(object.GetNamespace(), object.Connection()), at.Terms(limit(object)))
}

// Withdraw lets an object that is gone no longer lower the budget of its account.
func (r Resolver) Withdraw(namespace string, connection v1alpha1.Connection) {
	if r.Budgets != nil {
		r.Budgets.Withdraw(holder(namespace, connection))
	}
}

// charge is whom a session is charged to. Anybody can name an account, and must not use
// up what those have who own it: an object that was not verified has a budget of its own.
func (r Resolver) charge(ctx context.Context, object Object, at provider.Provider, credentials map[string][]byte, probe bool) *budget.Charge {
	if r.Budgets == nil {
		return nil
	}
	account := r.Budget(object)
	if account == nil {
		account = r.Budgets.Stranger(holder(object.GetNamespace(), object.Connection()), at.Terms(0))
		account.Declare("itself", at.Terms(limit(object)))
	}
	return r.Budgets.Charge(ctx, budget.Caller{
		Account: account, Name: NameOf(object), Credential: provider.Fingerprint(credentials), Probe: probe,
		Alarm: func() { r.Doubts.tell(object) },
	})
}

// Doubts tell whoever verifies credentials that some were refused which had been accepted.
type Doubts struct{ listeners []func(Object) }

// Listen adds somebody, before anything is called.
func (d *Doubts) Listen(listener func(Object)) {
	if d != nil {
		d.listeners = append(d.listeners, listener)
	}
}

func (d *Doubts) tell(object Object) {
	if d == nil {
		return
	}
	for _, listener := range d.listeners {
		listener(object)
	}
}

// NameOf tells accounts of all providers apart. It is the name of their budgets.
func NameOf(object Object) string { return object.Connection().Kind + "/" + Account(object) }

// ProviderOf is the provider of an account, by the name that its budget has; empty for one
// that is not among the Providers.
func (r Resolver) ProviderOf(account string) string {
	kind, _, _ := strings.Cut(account, "/")
	at, ok := r.Providers.Of(v1alpha1.Connection{Kind: kind})
	if !ok {
		return ""
	}
	return at.Name()
}

func holder(namespace string, connection v1alpha1.Connection) string {
	return connection.Kind + "/" + namespace + "/" + connection.Name
}

// limit is what an object asks for; 0 for the provider's own default.
func limit(object Object) int {
	var asked *int32
	switch object := object.(type) {
	case *v1alpha1.TwilioAccount:
		asked = object.Spec.MaxConcurrentRequests
	case *v1alpha1.LiveKitProject:
		asked = object.Spec.MaxRequestsPerMinute
	}
	if asked == nil {
		return 0
	}
	return int(*asked)
}
