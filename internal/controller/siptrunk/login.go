package siptrunk

import (
	"context"
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// login is what the platform signs in with at the carrier: what is generated for a
// trunk at Twilio, what its owner was given by a carrier of their own, or nothing.
func (v *visit) login(ctx context.Context) (*lifecycle.Login, error) {
	spec := v.trunk.Spec
	switch {
	case spec.Outbound == nil, spec.Address != nil && spec.Address.CredentialsSecretRef == nil:
		return &lifecycle.Login{}, nil
	case spec.Address != nil:
		return v.given(ctx, spec.Address.CredentialsSecretRef.Name)
	default:
		return v.Login(ctx, spec.Outbound.Username)
	}
}

// given reads the login of a carrier from the Secret that the spec names.
func (v *visit) given(ctx context.Context, name string) (*lifecycle.Login, error) {
	var secret corev1.Secret
	err := v.Direct.Get(ctx, types.NamespacedName{Namespace: v.trunk.Namespace, Name: name}, &secret)
	if apierrors.IsNotFound(err) {
		return nil, missing("the Secret %q with the carrier's username and password does not exist in this namespace", name)
	}
	if err != nil {
		return nil, err
	}
	for _, key := range []string{corev1.BasicAuthUsernameKey, corev1.BasicAuthPasswordKey} {
		if len(secret.Data[key]) == 0 {
			return nil, missing("the Secret %q has no %s; the carrier's username and password must both be in it", name, key)
		}
	}
	return &lifecycle.Login{Version: lifecycle.VersionOf(&secret), Login: provider.Login{
		Username: string(secret.Data[corev1.BasicAuthUsernameKey]),
		Password: external.NewSecret(string(secret.Data[corev1.BasicAuthPasswordKey])),
	}}, nil
}

func missing(format string, args ...any) error {
	return &external.Error{Class: external.CredentialsMissing, Message: fmt.Sprintf(format, args...)}
}
