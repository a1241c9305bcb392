//go:build clients

// Package argocd tries config/argocd, and what docs/argocd.md says, with the real
// Argo CD: numbers that are in Git, removed from it, and cannot be cleaned up.
package argocd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/clients/network"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/twiliosim"
)

func TestMain(m *testing.M) { network.Isolate(m.Run) }

// refused is how the command line of Argo CD ends when an action refuses.
const refused = 20

// TestApplication goes through what becomes of numbers in Git, with one Argo CD: each
// part goes on from what the one before has left.
func TestApplication(t *testing.T) {
	a := &application{installation: install(t), repository: newRepository(t), name: "numbers"}
	for i, name := range []string{"support-line", "sales-line", "night-line", "day-line"} {
		number := a.w.PhoneNumber(name)
		number.Spec.Number = fmt.Sprintf("+1415555020%d", i)
		stage.AddNumber(a.w, number.Spec.Number)
		if name == "day-line" {
			number.Annotations = map[string]string{"argocd.argoproj.io/sync-options": "Prune=confirm"}
		}
		a.put(t, a.name, number)
	}
	a.apply(t)
	for _, part := range []struct {
		name string
		run  func(*testing.T)
	}{
		{"Healthy", a.healthy},
		{"ForceRefused", a.forceRefused},
		{"PauseAndResume", a.pauseAndResume},
		{"Pruned", a.pruned},
		{"Corrupted", a.corrupted},
		{"NotWedged", a.notWedged},
		{"Retry", a.retry},
		{"Force", a.force},
		{"PruneConfirm", a.pruneConfirm},
	} {
		if !t.Run(part.name, part.run) {
			return
		}
	}
}

const upAndRunning = "Healthy: everything is set up"

func (a *application) healthy(t *testing.T) {
	a.await(t, "Synced", "Healthy", map[string]string{"support-line": upAndRunning, "sales-line": upAndRunning, "night-line": upAndRunning, "day-line": upAndRunning})
}

// forceRefused runs the action on a number that nothing is wrong with, which Argo CD
// does although discovery disables it.
func (a *application) forceRefused(t *testing.T) {
	before := a.number(t, "support-line")
	listed := a.mustArgocd(t, "app", "actions", "list", a.name, "--kind="+v1alpha1.KindPhoneNumber, "--resource-name=support-line")
	if !disabled(listed, "force-delete") || disabled(listed, "pause") {
		t.Errorf("want force-delete disabled, and pause not:\n%s", listed)
	}
	output, err := a.act(t, "force-delete", "support-line")
	if exitCode(err) != refused || !strings.Contains(output, "force-delete refused: support-line is not being deleted") {
		t.Errorf("%v, want exit code %d and the reason: %s", err, refused, output)
	}
	if after := a.number(t, "support-line"); after.ResourceVersion != before.ResourceVersion {
		t.Errorf("something was written: %v", after.Annotations)
	}
}

// pauseAndResume shows that an annotation which is not in Git stays: neither does Argo CD
// call that a difference, nor does it heal it.
func (a *application) pauseAndResume(t *testing.T) {
	a.mustAct(t, "pause", "support-line")
	a.await(t, "Synced", "Healthy", map[string]string{"support-line": "Healthy: Paused"})
	a.refresh(t)
	stays(t, "paused", func(context.Context) string {
		if a.number(t, "support-line").Annotations[v1alpha1.AnnotationPaused] != "true" {
			return "the annotation is gone"
		}
		return ""
	})
	a.await(t, "Synced", "Healthy", nil)
	a.mustAct(t, "resume", "support-line")
	a.await(t, "Synced", "Healthy", map[string]string{"support-line": upAndRunning})
	if annotations := a.number(t, "support-line").Annotations; annotations[v1alpha1.AnnotationPaused] != "" {
		t.Errorf("it is paused still: %v", annotations)
	}
}

// pruned takes a line out of Git: the number goes, with all that it had at Twilio.
func (a *application) pruned(t *testing.T) {
	number := a.number(t, "support-line")
	trunks := len(a.w.Twilio.Trunks(a.w.Account.SID))
	a.remove(t, a.name, "support-line")
	a.refresh(t)
	stage.AwaitGone(t, a.w, number)
	if left := len(a.w.Twilio.Trunks(a.w.Account.SID)); left != trunks-1 {
		t.Errorf("Twilio has %d trunks, want %d", left, trunks-1)
	}
	a.await(t, "Synced", "Healthy", nil)
}

// corrupted takes a number out of Git while Twilio says that the account is suspended.
func (a *application) corrupted(t *testing.T) {
	a.suspended = a.w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.*"}, Action: twiliosim.Fail(403, 20403), Count: twiliosim.Forever})
	a.remove(t, a.name, "sales-line")
	a.refresh(t)
	number := stage.AwaitReason(t, a.w, "sales-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassPermissionDenied)
	seen := a.await(t, "OutOfSync", "Progressing", map[string]string{"sales-line": "Progressing: Pending deletion"})
	t.Logf("the application while a number is Corrupted: %+v", seen.Status)
	stage.Eventually(t, "Argo CD to show the event", func(context.Context) string {
		events := a.events(t, number)
		if !strings.Contains(events, `"Warning"`) || !strings.Contains(events, v1alpha1.ClassPermissionDenied) || !strings.Contains(events, "Failed to cleanup external resources.") {
			return events
		}
		return ""
	})
	listed := a.mustArgocd(t, "app", "actions", "list", a.name, "--kind="+v1alpha1.KindPhoneNumber, "--resource-name=sales-line")
	if disabled(listed, "force-delete") || disabled(listed, "retry") {
		t.Errorf("want retry and force-delete offered:\n%s", listed)
	}
}

// notWedged changes another number in Git: it is synced all the same.
func (a *application) notWedged(t *testing.T) {
	number := a.w.PhoneNumber("night-line")
	number.Spec.Number, number.Spec.DisplayName = "+14155550202", "At night"
	a.put(t, a.name, number)
	a.refresh(t)
	stage.Eventually(t, "the change to be synced", func(context.Context) string {
		if got := a.number(t, "night-line").Spec.DisplayName; got != "At night" {
			return fmt.Sprintf("displayName is %q", got)
		}
		return ""
	})
}

// retry heals it, once Twilio says so no more. After five attempts Callplane by itself comes
// back in 13 seconds at the earliest, so that it is the action that does.
func (a *application) retry(t *testing.T) {
	number := a.number(t, "sales-line")
	stage.Eventually(t, "five attempts", func(context.Context) string {
		if hits := a.suspended.Hits(); hits < 5 {
			return fmt.Sprintf("there were %d", hits)
		}
		return ""
	})
	a.suspended.Remove()
	a.mustAct(t, "retry", "sales-line")
	stage.AwaitGone(t, a.w, number)
	a.await(t, "Synced", "Healthy", nil)
}

// force gives a number up. Who may is decided twice: by Argo CD, for people, and by the
// API server, for Argo CD.
func (a *application) force(t *testing.T) {
	a.w.Twilio.RevokeToken(a.w.Account.SID)
	a.remove(t, a.name, "night-line")
	a.refresh(t)
	number := stage.AwaitReason(t, a.w, "night-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
	output, err := a.act(t, "force-delete", "night-line")
	if exitCode(err) != refused || !strings.Contains(output, "callplane-force-gate") {
		t.Fatalf("%v, want it refused by the force gate, since nobody gave argocd-server the role: %s", err, output)
	}
	stage.Kubectl(t, a.w.Plane, "create", "rolebinding", "argocd-force-delete", "-n", stage.Namespace,
		"--clusterrole=callplane-force-delete", "--serviceaccount="+space+":argocd-server")
	stage.Eventually(t, "the force", func(context.Context) string {
		if output, err := a.act(t, "force-delete", "night-line"); err != nil {
			return output
		}
		return ""
	})
	stage.AwaitGone(t, a.w, number)
	record := &v1alpha1.OrphanRecord{ObjectMeta: metav1.ObjectMeta{Namespace: "callplane-system", Name: string(number.UID)}}
	if err := a.w.Client.Get(t.Context(), keyOf(record), record); err != nil {
		t.Fatal(err)
	}
	if record.Spec.Reason != v1alpha1.ReasonForceDeleted || len(record.Status.Resources) == 0 {
		t.Errorf("the record has %+v and %+v", record.Spec, record.Status)
	}
	a.w.Twilio.SetToken(a.w.Account.SID, a.w.Account.AuthToken)
	a.await(t, "Synced", "Healthy", nil)
}

// pruneConfirm has a number wait for a person before it is deleted.
func (a *application) pruneConfirm(t *testing.T) {
	number := a.number(t, "day-line")
	a.remove(t, a.name, "day-line")
	a.refresh(t)
	a.awaitOperation(t, "Waiting for pruning confirmation of callplane.io/v1alpha1/PhoneNumber/day-line")
	stays(t, "not confirmed", func(context.Context) string {
		if !a.number(t, "day-line").DeletionTimestamp.IsZero() {
			return "it is being deleted"
		}
		return ""
	})
	// As good credentials as before: other ones are tried at once.
	a.rotateToken(t)
	a.mustArgocd(t, "app", "confirm-deletion", a.name)
	a.refresh(t)
	stage.AwaitGone(t, a.w, number)
}

func (a *application) rotateToken(t *testing.T) {
	t.Helper()
	const token = "0123456789abcdef0123456789abcdef"
	a.w.Twilio.SetToken(a.w.Account.SID, token)
	a.w.Account.AuthToken = token
	if err := a.w.Client.Update(t.Context(), a.w.TwilioSecret()); err != nil {
		t.Fatal(err)
	}
}

// events are what Argo CD shows of an object's events, as JSON.
func (a *application) events(t *testing.T, number *v1alpha1.PhoneNumber) string {
	t.Helper()
	query := url.Values{"resourceName": {number.Name}, "resourceNamespace": {number.Namespace}, "resourceUID": {string(number.UID)}}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+a.server+"/api/v1/applications/"+a.name+"/events?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil || !json.Valid(text) {
		t.Fatalf("%v: %s", err, text)
	}
	return string(text)
}

func (a *application) number(t *testing.T, name string) *v1alpha1.PhoneNumber {
	t.Helper()
	number := &v1alpha1.PhoneNumber{}
	if err := a.w.Client.Get(t.Context(), stage.Key(name), number); err != nil {
		t.Fatal(err)
	}
	return number
}

// disabled reads the line of an action in what `argocd app actions list` prints.
func disabled(listed, action string) bool {
	for line := range strings.Lines(listed) {
		if fields := strings.Fields(line); len(fields) > 0 && strings.Contains(line, " "+action+" ") {
			return fields[len(fields)-1] == "true"
		}
	}
	return false
}

func exitCode(err error) int {
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	return 0
}
