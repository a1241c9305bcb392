package e2e

import (
	"context"
	"fmt"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// awaitHolders waits until everything that the number refers to is kept for it,
// or let go of, and says so.
func (m *matrix) awaitHolders(t *testing.T, kept bool) {
	t.Helper()
	if !m.alone {
		return // the neighbour keeps them
	}
	eventually(t, fmt.Sprintf("the account, the project, the agent and the Secrets to be kept: %v", kept), func(ctx context.Context) string {
		for _, object := range []client.Object{
			m.world.TwilioAccount(), m.world.LiveKitProject(), m.world.VoiceAgent(), m.world.TwilioSecret(), m.world.LiveKitSecret(),
		} {
			if problem := m.holder(ctx, object, kept); problem != "" {
				return problem
			}
		}
		return ""
	})
}

// holder says what is wrong with one of them.
func (m *matrix) holder(ctx context.Context, object client.Object, kept bool) string {
	if err := m.world.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return err.Error()
	}
	if slices.Contains(object.GetFinalizers(), v1alpha1.FinalizerInUse) != kept {
		return fmt.Sprintf("%T %s has the finalizers %v", object, object.GetName(), object.GetFinalizers())
	}
	if users, ok := usersOf(object); ok && (users > 0) != kept {
		return fmt.Sprintf("%T %s shows %d users", object, object.GetName(), users)
	}
	return ""
}

// usersOf is how many users an object shows, if it is of a kind that does.
func usersOf(object client.Object) (int, bool) {
	var users *v1alpha1.Users
	switch holder := object.(type) {
	case *v1alpha1.TwilioAccount:
		users = holder.Status.PhoneNumbers
	case *v1alpha1.LiveKitProject:
		users = holder.Status.PhoneNumbers
	case *v1alpha1.VoiceAgent:
		users = holder.Status.PhoneNumbers
	default:
		return 0, false
	}
	if users == nil {
		return 0, true
	}
	return len(users.Names), true
}

// awaitNoLogins waits until the garbage collector has taken the generated logins.
func awaitNoLogins(t *testing.T, w *world.World) {
	t.Helper()
	eventually(t, "the generated logins to be gone", func(ctx context.Context) string {
		var secrets corev1.SecretList
		err := w.Client.List(ctx, &secrets, client.InNamespace(w.Namespace), client.MatchingLabels{v1alpha1.LabelGenerated: "true"})
		if err != nil || len(secrets.Items) > 0 {
			return fmt.Sprintf("there are %d, error %v", len(secrets.Items), err)
		}
		return ""
	})
}
