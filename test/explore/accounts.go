package explore

import (
	"context"
	"math/rand/v2"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/controller/account"
	"github.com/callplane/callplane/test/apistore"
)

// twilioActor looks after the account, livekitActor after the project. Each visit
// is one of a manager that has just started: it verifies the credentials anew.
func twilioActor() Actor {
	return Actor{Name: "account twilio", reconcile: func(ctx context.Context, v *visit) (reconcile.Result, error) {
		return reconcileAccount(ctx, v, "twilio", &v1alpha1.TwilioAccount{})
	}}
}

func livekitActor() Actor {
	return Actor{Name: "project livekit", reconcile: func(ctx context.Context, v *visit) (reconcile.Result, error) {
		return reconcileAccount(ctx, v, "livekit", &v1alpha1.LiveKitProject{})
	}}
}

func reconcileAccount[T connection.Object](ctx context.Context, v *visit, name string, object T) (reconcile.Result, error) {
	cached := v.cached()
	reconciler := &account.Reconciler[T]{
		Client: cached, Direct: v.direct(), Connections: connection.Resolver{Objects: cached, Secrets: v.direct(), Providers: v.providers()},
		Clock: clocktesting.NewFakePassiveClock(v.system.now), Retries: backoff.New(rand.New(rand.NewPCG(1, 1))), Recheck: resync,
	}
	return reconciler.Visits(object)(ctx, reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}})
}

// deletingNamespace lets somebody delete the namespace; what follows is done by
// namespaceController, group of kinds after group in any order.
var deletingNamespace = Event{Name: "delete the namespace", happen: func(s *system) bool {
	going := s.namespace()
	return going != nil && going.DeletionTimestamp == nil && s.remove(going)
}}

func namespaceController(groups ...[]string) []Event {
	var events []Event
	for _, kinds := range groups {
		events = append(events, Event{Name: "the namespace controller deletes " + strings.Join(kinds, " and "), happen: func(s *system) bool {
			return s.terminating() && s.removeAll(kinds...)
		}})
	}
	return append(events, Event{Name: "the namespace controller ends", happen: (*system).endNamespace})
}

func (s *system) namespace() *corev1.Namespace { return find[*corev1.Namespace](s, namespace) }

func (s *system) terminating() bool {
	going := s.namespace()
	return going != nil && going.DeletionTimestamp != nil
}

// contents lists what is in the namespace, by kind.
func (s *system) contents() map[string][]client.Object {
	all := map[string][]client.Object{}
	for _, number := range s.numbers() {
		all["numbers"] = append(all["numbers"], number)
	}
	for _, account := range apistore.All[*v1alpha1.TwilioAccount](s.store) {
		all["accounts"] = append(all["accounts"], account)
	}
	for _, project := range apistore.All[*v1alpha1.LiveKitProject](s.store) {
		all["projects"] = append(all["projects"], project)
	}
	for _, secret := range apistore.All[*corev1.Secret](s.store) {
		all["Secrets"] = append(all["Secrets"], secret)
	}
	return all
}

func (s *system) removeAll(kinds ...string) bool {
	removed := false
	for _, kind := range kinds {
		for _, object := range s.contents()[kind] {
			removed = object.GetDeletionTimestamp() == nil && s.remove(object) || removed
		}
	}
	return removed
}

// endNamespace removes a terminating namespace that is empty.
func (s *system) endNamespace() bool {
	if !s.terminating() || len(s.contents()) > 0 {
		return false
	}
	going := s.namespace().DeepCopy()
	going.Spec.Finalizers = nil
	return s.people().SubResource("finalize").Update(context.Background(), going) == nil
}

// heal does what people and the namespace controller do in the end: credentials
// that are accepted are where they are looked for, and what is to go goes.
func (s *system) heal() {
	if s.terminating() {
		for kind := range s.contents() {
			s.removeAll(kind)
		}
		s.endNamespace()
	} else if secret := s.secret("twilio"); secret == nil && s.namespace() != nil {
		s.createSecret("twilio")
	} else if secret != nil && secret.DeletionTimestamp != nil {
		s.replaceSecret()
	}
	updatingSecret.happen(s)
	s.giveNamesBack()
	s.giveAgentsBack()
}

// replaceSecret lets the account name another Secret than the one that is held back
// while it is being deleted.
func (s *system) replaceSecret() {
	s.createSecret("twilio-new")
	for _, account := range apistore.All[*v1alpha1.TwilioAccount](s.store) {
		s.edit(account, func(o client.Object) {
			o.(*v1alpha1.TwilioAccount).Spec.CredentialsSecretRef.Name = "twilio-new"
		})
	}
}
