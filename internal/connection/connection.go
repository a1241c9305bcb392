// Package connection turns a reference to an account or a project into what it
// takes to sign in there. It knows the kinds that hold credentials and no
// provider's API.
package connection

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// An Object holds credentials: a TwilioAccount or a LiveKitProject.
type Object interface {
	client.Object
	Connection() v1alpha1.Connection
	SecretName() string
	ConnectionStatus() *v1alpha1.ConnectionStatus
}

// A Resolver finds connections and opens sessions.
type Resolver struct {
	// Objects reads accounts and projects; a cache will do.
	Objects client.Reader
	// Secrets reads Secrets, live: they are kept in no cache.
	Secrets   client.Reader
	Providers provider.Set
	// Budgets are what sessions are charged to; nil limits nobody.
	Budgets *budget.Budgets
	// Doubts are told of objects whose credentials were refused; nil tells nobody.
	Doubts *Doubts
}

// kinds makes an empty object of each kind.
var kinds = map[string]func() Object{
	v1alpha1.KindTwilioAccount:  func() Object { return &v1alpha1.TwilioAccount{} },
	v1alpha1.KindLiveKitProject: func() Object { return &v1alpha1.LiveKitProject{} },
}

// Get reads the object that a connection names. A NotFound error of the API
// server is returned as it is.
func (r Resolver) Get(ctx context.Context, namespace string, connection v1alpha1.Connection) (Object, error) {
	empty, ok := kinds[connection.Kind]
	if !ok {
		return nil, unknownKind(connection)
	}
	object := empty()
	key := types.NamespacedName{Namespace: namespace, Name: connection.Name}
	if err := r.Objects.Get(ctx, key, object); err != nil {
		return nil, err
	}
	return object, nil
}

// Open signs in with the credentials of an object. Its errors are classified:
// CredentialsMissing, InvalidConfiguration, or those of the provider's Connect.
func (r Resolver) Open(ctx context.Context, object Object) (external.Session, error) {
	return r.open(ctx, object, false)
}

// Probe is Open for finding out whether the credentials are accepted: the session calls
// with them also while they are known to be refused.
func (r Resolver) Probe(ctx context.Context, object Object) (external.Session, error) {
	return r.open(ctx, object, true)
}

func (r Resolver) open(ctx context.Context, object Object, probe bool) (external.Session, error) {
	signIn, ok := r.Providers.Of(object.Connection())
	if !ok {
		return nil, unknownKind(object.Connection())
	}
	access := provider.Access{Account: Account(object)}
	if project, ok := object.(*v1alpha1.LiveKitProject); ok {
		access.URL = project.Spec.URL
	}
	var secret corev1.Secret
	key := types.NamespacedName{Namespace: object.GetNamespace(), Name: object.SecretName()}
	switch err := r.Secrets.Get(ctx, key, &secret); {
	case apierrors.IsNotFound(err):
		return nil, SecretMissing(object)
	case err != nil:
		return nil, fmt.Errorf("reading the Secret of %s: %w", Describe(object.Connection()), err)
	}
	access.Credentials = secret.Data
	access.Budget = r.charge(ctx, object, signIn, secret.Data, probe)
	return signIn.Connect(ctx, access)
}

// Reopen signs in to the account that is recorded in a ledger, through the
// object that was used then or one that was created again under its name.
func (r Resolver) Reopen(ctx context.Context, namespace string, connection v1alpha1.Connection, account string) (external.Session, error) {
	object, err := r.Get(ctx, namespace, connection)
	if apierrors.IsNotFound(err) {
		return nil, &external.Error{Class: external.CredentialsMissing, Message: fmt.Sprintf("%s does not exist; create it again for %s", Describe(connection), account)}
	}
	if err != nil {
		return nil, err
	}
	session, err := r.Open(ctx, object)
	if err != nil {
		return nil, err
	}
	if session.Account() != account {
		return nil, &external.Error{Class: external.AccountMismatch, Message: fmt.Sprintf("%s now stands for %s, but what was made is in %s", Describe(connection), session.Account(), account)}
	}
	return session, nil
}

// Account is what an object is known by outside of the cluster, as the ledger
// has it: an account SID, or the host of a project.
func Account(object Object) string {
	switch object := object.(type) {
	case *v1alpha1.TwilioAccount:
		return object.Spec.AccountSID
	case *v1alpha1.LiveKitProject:
		return host(object.Spec.URL)
	}
	return ""
}

// host is what a URL leads to, as the provider names it; empty for one that cannot be
// read, which the provider then refuses.
func host(address string) string {
	parsed, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return provider.Host(parsed)
}

// SecretMissing is the error for an object whose Secret does not exist.
func SecretMissing(object Object) error {
	return &external.Error{
		Class:   external.CredentialsMissing,
		Message: fmt.Sprintf("the Secret %q of %s does not exist", object.SecretName(), Describe(object.Connection())),
	}
}

func unknownKind(connection v1alpha1.Connection) error {
	return &external.Error{
		Class:   external.InvalidConfiguration,
		Message: fmt.Sprintf("this version of Callplane does not know the kind %q", connection.Kind),
	}
}

// Describe names a connection in a sentence.
func Describe(connection v1alpha1.Connection) string {
	return fmt.Sprintf("the %s %q", connection.Kind, connection.Name)
}
