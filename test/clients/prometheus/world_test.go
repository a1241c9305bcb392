//go:build clients

package prometheus

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// newWorld is an installed Callplane whose manager runs, elects a leader and sweeps all the
// time.
func newWorld(t *testing.T) (*world.World, *world.Manager) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	plane, err := kube.Start(ctx, kube.Options{CRDs: []string{inRepository(t, "config/crd/bases")}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := plane.Stop(); err != nil {
			t.Error(err)
		}
	})
	kubectl(t, plane, "apply", "--server-side", "-k", inRepository(t, "config/default"))
	w, err := world.New(ctx, plane, world.Options{Logf: t.Logf})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.Close(ctx); err != nil {
			t.Error(err)
		}
	})
	if err := w.Populate(ctx); err != nil {
		t.Fatal(err)
	}
	manager, err := w.StartManager(ctx, "--leader-elect", "--sweep-interval=1s")
	if err != nil {
		t.Fatal(err)
	}
	return w, manager
}

func kubectl(t *testing.T, plane *kube.ControlPlane, arguments ...string) string {
	t.Helper()
	stdout, stderr, err := plane.Kubectl(t.Context(), arguments...)
	if err != nil {
		t.Fatalf("%v\n%s", err, stderr)
	}
	return stdout
}

// live has something happen to everything that is measured: numbers and a trunk come and
// go, some are stuck, requests fail, and in the end the credentials are refused.
func live(t *testing.T, w *world.World) {
	t.Helper()
	for i, status := range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
		w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Method: http.MethodGet}, Nth: 5 + i, Action: twiliosim.Fail(status, 20000+status)})
	}
	numbers := map[string]*v1alpha1.PhoneNumber{}
	for i, name := range []string{"gone", "held", "corrupted"} {
		number := fmt.Sprintf("+1415555020%d", i)
		w.Twilio.AddNumber(w.Account.SID, number, twiliosim.NumberOptions{})
		numbers[name] = w.PhoneNumber(name, func(n *v1alpha1.PhoneNumber) { n.Spec.Number = number })
	}
	trunk := w.SIPTrunk("fleet")
	must(t, w.Client.Create(t.Context(), trunk))
	must(t, w.Client.Create(t.Context(), w.PhoneNumber("elsewhere", func(n *v1alpha1.PhoneNumber) { n.Spec.Number = "+14155550299" })))
	for _, number := range numbers {
		must(t, w.Client.Create(t.Context(), number))
	}
	for _, owner := range []v1alpha1.Owner{trunk, numbers["gone"], numbers["held"], numbers["corrupted"]} {
		await(t, w, owner, v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	}
	must(t, w.Client.Delete(t.Context(), trunk))
	must(t, w.Client.Delete(t.Context(), numbers["gone"]))
	awaitGone(t, w, trunk)
	awaitGone(t, w, numbers["gone"])
	kubectl(t, w.Plane, "annotate", "phonenumber", "held", "-n", w.Namespace, v1alpha1.AnnotationPaused+"=true")
	must(t, w.Client.Delete(t.Context(), numbers["held"]))
	await(t, w, numbers["held"], v1alpha1.ConditionDeleting, v1alpha1.ReasonPaused)
	w.Twilio.SetToken(w.Account.SID, "ffffffffffffffffffffffffffffffff")
	must(t, w.Client.Delete(t.Context(), numbers["corrupted"]))
	await(t, w, numbers["corrupted"], v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func await(t *testing.T, w *world.World, owner v1alpha1.Owner, condition, reason string) {
	t.Helper()
	eventually(t, fmt.Sprintf("%s of %s to be %s", condition, owner.GetName(), reason), func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(owner), owner); err != nil {
			return err.Error()
		}
		if got := meta.FindStatusCondition(owner.Lifecycle().Conditions, condition); got == nil || got.Reason != reason {
			return fmt.Sprintf("it is %+v", got)
		}
		return ""
	})
}

func awaitGone(t *testing.T, w *world.World, owner v1alpha1.Owner) {
	t.Helper()
	eventually(t, owner.GetName()+" to be gone", func(ctx context.Context) string {
		if err := w.Client.Get(ctx, client.ObjectKeyFromObject(owner), owner); !apierrors.IsNotFound(err) {
			return fmt.Sprintf("it is there: %v", err)
		}
		return ""
	})
}

// reader lets a ServiceAccount read metrics as docs/metrics.md says, and returns its token.
func reader(t *testing.T, plane *kube.ControlPlane) string {
	t.Helper()
	kubectl(t, plane, "create", "namespace", "monitoring")
	kubectl(t, plane, "create", "serviceaccount", "prometheus-k8s", "-n", "monitoring")
	kubectl(t, plane, "create", "clusterrolebinding", "callplane-metrics-reader",
		"--clusterrole=callplane-metrics-reader", "--serviceaccount=monitoring:prometheus-k8s")
	return kubectl(t, plane, "create", "token", "prometheus-k8s", "-n", "monitoring")
}
