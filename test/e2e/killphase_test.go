package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/failpoint"
)

// A phase is a part of a lifecycle in which the manager can die.
type phase struct {
	name, outcome string
	begin, end    func(*testing.T)
	effects       []string
	// survived says, by death, what came after it.
	survived map[string]string
}

// deaths are before and after every effect.
func (s *phase) deaths() []string {
	var deaths []string
	for _, effect := range s.effects {
		deaths = append(deaths, failpoint.Before+" "+effect, failpoint.After+" "+effect)
	}
	return deaths
}

// note keeps what came after a death.
func (s *phase) note(t *testing.T, death string, took time.Duration) {
	t.Helper()
	if s.survived == nil {
		s.survived = map[string]string{}
	}
	s.survived[death] = fmt.Sprintf("%s in %.1f s", s.outcome, took.Seconds())
	if t.Failed() {
		s.survived[death] = "FAILED"
	}
}

// write adds the phase's part of the matrix to a table.
func (s *phase) write(table *tabwriter.Writer) {
	fmt.Fprintf(table, "%s\tkilled before\tkilled after\n", strings.ToUpper(s.name))
	for _, effect := range s.effects {
		fmt.Fprintf(table, "%s\t%s\t%s\n", effect, s.survived[failpoint.Before+" "+effect], s.survived[failpoint.After+" "+effect])
	}
	fmt.Fprintf(table, "%d effects, %d kills\n\n", len(s.effects), len(s.survived))
}

// log shows the matrix.
func (m *matrix) log(t *testing.T) {
	t.Helper()
	var text strings.Builder
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	m.provision.write(table)
	m.teardown.write(table)
	if err := table.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("the kill matrix\n\n%s", text.String())
}

// awaitHolders waits until everything that the number refers to is kept for it,
// or let go of, and says so.
func (m *matrix) awaitHolders(t *testing.T, kept bool) {
	t.Helper()
	if m.surround != nil {
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

// wantNoLogins sees that the garbage collector took the generated logins.
func (m *matrix) wantNoLogins(t *testing.T) {
	t.Helper()
	eventually(t, "the generated logins to be gone", func(ctx context.Context) string {
		var secrets corev1.SecretList
		err := m.world.Client.List(ctx, &secrets, client.InNamespace(m.world.Namespace), client.MatchingLabels{v1alpha1.LabelGenerated: "true"})
		if err != nil || len(secrets.Items) > 0 {
			return fmt.Sprintf("there are %d, error %v", len(secrets.Items), err)
		}
		return ""
	})
}
