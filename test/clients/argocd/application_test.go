//go:build clients

package argocd

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/clients/stage"
	"github.com/callplane/callplane/test/twiliosim"
)

// An application is one of Argo CD, of a folder of a repository.
type application struct {
	*installation
	repository
	name      string
	suspended *twiliosim.Injected // the fault that keeps a number from going
}

// observed is what the tests read of an Application.
type observed struct {
	Status struct {
		Sync struct {
			Status   string `json:"status"`
			Revision string `json:"revision"`
		} `json:"sync"`
		Health struct {
			Status string `json:"status"`
		} `json:"health"`
		OperationState struct {
			Phase   string `json:"phase"`
			Message string `json:"message"`
		} `json:"operationState"`
		Resources []struct {
			Kind, Name, Status string
			Health             *struct {
				Status  string `json:"status"`
				Message string `json:"message"`
			} `json:"health"`
		} `json:"resources"`
	} `json:"status"`
}

// apply makes the application, which prunes by itself.
func (a *application) apply(t *testing.T) {
	t.Helper()
	manifest := fmt.Sprintf(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata:
  name: %s
  namespace: %s
  finalizers: [resources-finalizer.argocd.argoproj.io]
spec:
  project: default
  source: {repoURL: %q, targetRevision: main, path: %s}
  destination: {server: "https://kubernetes.default.svc", namespace: %s}
  syncPolicy: {automated: {prune: true, selfHeal: true, allowEmpty: true}}
`, a.name, space, a.url(), a.name, stage.Namespace)
	if _, _, err := a.w.Plane.KubectlInput(t.Context(), manifest, "apply", "--server-side", "-f", "-"); err != nil {
		t.Fatal(err)
	}
}

// refresh has Argo CD look into Git now, and not in a few seconds.
func (a *application) refresh(t *testing.T) {
	t.Helper()
	stage.Kubectl(t, a.w.Plane, "annotate", "--overwrite", "-n", space, "applications.argoproj.io", a.name, "argocd.argoproj.io/refresh=hard")
}

func (a *application) observe(ctx context.Context) (observed, error) {
	var seen observed
	stdout, _, err := a.w.Plane.Kubectl(ctx, "get", "applications.argoproj.io", "-n", space, a.name, "-o", "json")
	if err != nil {
		return seen, err
	}
	err = json.Unmarshal([]byte(stdout), &seen)
	return seen, err
}

// await waits until the application, and each number that is named, is as it should be.
// A number is said as its health and what its message begins with.
func (a *application) await(t *testing.T, sync, health string, numbers map[string]string) observed {
	t.Helper()
	var seen observed
	stage.Eventually(t, fmt.Sprintf("the application to be %s and %s, with %v", sync, health, numbers), func(ctx context.Context) string {
		var err error
		if seen, err = a.observe(ctx); err != nil {
			return err.Error()
		}
		if seen.Status.Sync.Status != sync || seen.Status.Health.Status != health {
			return fmt.Sprintf("it is %+v", seen.Status)
		}
		for name, want := range numbers {
			if got := seen.number(name); !strings.HasPrefix(got, want) {
				return fmt.Sprintf("%s is %q", name, got)
			}
		}
		return ""
	})
	return seen
}

// number is the health of a number and its message.
func (o observed) number(name string) string {
	for _, resource := range o.Status.Resources {
		if resource.Kind == v1alpha1.KindPhoneNumber && resource.Name == name && resource.Health != nil {
			return resource.Health.Status + ": " + resource.Health.Message
		}
	}
	return ""
}

// awaitOperation waits until the message of the running operation has a text.
func (a *application) awaitOperation(t *testing.T, text string) {
	t.Helper()
	stage.Eventually(t, "the operation to say "+text, func(ctx context.Context) string {
		seen, err := a.observe(ctx)
		if err != nil {
			return err.Error()
		}
		if state := seen.Status.OperationState; state.Phase != "Running" || !strings.Contains(state.Message, text) {
			return fmt.Sprintf("it is %s: %s", state.Phase, state.Message)
		}
		return ""
	})
}

// act runs an action on a number, and returns what Argo CD says.
func (a *application) act(t *testing.T, action, number string) (output string, err error) {
	t.Helper()
	return a.argocd(t, "app", "actions", "run", a.name, action, "--kind="+v1alpha1.KindPhoneNumber, "--resource-name="+number)
}

func (a *application) mustAct(t *testing.T, action, number string) {
	t.Helper()
	if output, err := a.act(t, action, number); err != nil {
		t.Fatalf("the action %s: %v: %s", action, err, output)
	}
}

// stays wants something to hold for as long as Argo CD takes to look at everything twice.
func stays(t *testing.T, what string, broken func(context.Context) string) {
	t.Helper()
	end := time.After(25 * time.Second)
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		if said := broken(t.Context()); said != "" {
			t.Fatalf("%s: %s", what, said)
		}
		select {
		case <-end:
			return
		case <-tick.C:
		}
	}
}
