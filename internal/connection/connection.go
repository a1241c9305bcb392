// Package connection turns a reference to an account or a project into what it
// takes to sign in there. It knows the kinds that hold credentials and no
// provider's API.
package connection

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
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
	signIn, ok := r.Providers.Of(object.Connection())
	if !ok {
		return nil, unknownKind(object.Connection())
	}
	access := accessTo(object)
	var secret corev1.Secret
	key := types.NamespacedName{Namespace: object.GetNamespace(), Name: object.SecretName()}
	switch err := r.Secrets.Get(ctx, key, &secret); {
	case apierrors.IsNotFound(err):
		return nil, SecretMissing(object)
	case err != nil:
		return nil, fmt.Errorf("reading the Secret of %s: %w", Describe(object.Connection()), err)
	}
	access.Credentials = secret.Data
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

func accessTo(object Object) provider.Access {
	access := provider.Access{Account: Account(object)}
	switch object := object.(type) {
	case *v1alpha1.TwilioAccount:
		access.Limit = limit(object.Spec.MaxConcurrentRequests)
	case *v1alpha1.LiveKitProject:
		access.URL, access.Limit = object.Spec.URL, limit(object.Spec.MaxRequestsPerMinute)
	}
	return access
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

// host is what a URL leads to; empty for one that cannot be read, which the
// provider then refuses.
func host(address string) string {
	parsed, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return strings.ToLower(parsed.Host)
}

// limit is 0, the provider's own default, where none is set.
func limit(value *int32) int {
	if value == nil {
		return 0
	}
	return int(*value)
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

// HoldersOf lists the objects whose credentials are in a Secret, or were before
// their reference moved. An error does not mean that there are none.
func (r Resolver) HoldersOf(ctx context.Context, namespace, secret string) ([]Object, error) {
	holders, err := r.all(ctx, client.InNamespace(namespace))
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(holders, func(holder Object) bool {
		return holder.SecretName() != secret && holder.ConnectionStatus().SecretName != secret
	}), nil
}

// Standing returns a verified object of a kind that stands for an account: the one
// of the given name or, without it, the first by namespace and name; nil if there
// is none.
func (r Resolver) Standing(ctx context.Context, kind, account string, preferred types.NamespacedName) (Object, error) {
	objects, err := r.all(ctx)
	if err != nil {
		return nil, err
	}
	var standing Object
	for _, object := range objects {
		verified := meta.IsStatusConditionTrue(object.ConnectionStatus().Conditions, v1alpha1.ConditionReady)
		if verified && object.Connection().Kind == kind && Account(object) == account && (standing == nil || before(object, standing, preferred)) {
			standing = object
		}
	}
	return standing, nil
}

func before(a, b Object, preferred types.NamespacedName) bool {
	nameOfA, nameOfB := client.ObjectKeyFromObject(a), client.ObjectKeyFromObject(b)
	if nameOfA == preferred || nameOfB == preferred {
		return nameOfA == preferred
	}
	return nameOfA.String() < nameOfB.String()
}

func (r Resolver) all(ctx context.Context, options ...client.ListOption) ([]Object, error) {
	var objects []Object
	for _, list := range []client.ObjectList{&v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{}} {
		if err := r.Objects.List(ctx, list, options...); err != nil {
			return nil, err
		}
		// Its function returns no error, and a list of ours has items.
		_ = meta.EachListItem(list, func(item runtime.Object) error {
			objects = append(objects, item.(Object))
			return nil
		})
	}
	return objects, nil
}
