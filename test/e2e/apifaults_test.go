package e2e

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/world"
)

// proxiedWorld is a calm world whose manager reaches the API server through a
// proxy.
func proxiedWorld(t *testing.T, plane *kube.ControlPlane) (*trial, *kube.Proxy) {
	t.Helper()
	w := newWorldOn(t, plane, world.Options{Logf: t.Logf})
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	proxy := newProxy(t, w)
	return newTrial(t, w, startManager(t, w)), proxy
}

// newProxy is what the next manager reaches the API server through.
func newProxy(t *testing.T, w *world.World) *kube.Proxy {
	t.Helper()
	proxy, err := w.Plane.Proxy()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = proxy.Close() })
	w.Through(proxy)
	return proxy
}

// TestAPIFaults takes a number through its life while the API server, or the
// network before it, fails in each way: nothing is lost, and nothing made twice.
// One manager goes through all of it.
func TestAPIFaults(t *testing.T) { //nolint:tparallel // one manager goes through all cases
	t.Parallel()
	tr, proxy := proxiedWorld(t, ownPlane(t))
	cases := map[string]struct {
		reason string
		begin  func(*testing.T, *world.World) fault
	}{
		"WatchesEnd":     {"A watch that ends is begun again where it was.", cutting(proxy)},
		"WatchesExpired": {"A watch that cannot go on begins anew with all there is.", expiring(proxy)},
		"WatchesHeldUp":  {"The manager does not see what has changed, not even by itself.", holding(proxy)},
		"Throttled":      {"429 asks to wait.", spoiling(proxy, kube.Fault{Match: kube.Writes, Count: 2, Answer: kube.Refuse(http.StatusTooManyRequests, "TooManyRequests", 1)})},
		"Unavailable":    {"Nothing can be written for a while.", spoiling(proxy, kube.Fault{Match: ofNumbers, Count: 2, Answer: kube.Refuse(http.StatusServiceUnavailable, "ServiceUnavailable", 0)})},
		"ErrorApplied":   {"What was written is answered with an error.", spoiling(proxy, kube.Fault{Match: ofNumbers, Count: 2, Apply: true, Answer: kube.Refuse(http.StatusInternalServerError, "InternalError", 0)})},
		"AnswerLost":     {"What was written is not answered.", spoiling(proxy, kube.Fault{Match: ofNumbers, Count: 2, Apply: true, Answer: kube.Break})},
		"Conflict":       {"Somebody else always seems to have been first.", spoiling(proxy, kube.Fault{Match: ofNumbers, Count: 2, Answer: kube.Refuse(http.StatusConflict, "Conflict", 0)})},
		"Slow":           {"Every write takes long.", spoiling(proxy, kube.Fault{Match: kube.Writes, Count: 3, Latency: 2 * time.Second})},
		"SecretsFail":    {"What is read live cannot be read.", spoiling(proxy, kube.Fault{Match: ofSecrets, Count: 2, Answer: kube.Refuse(http.StatusInternalServerError, "InternalError", 0)})},
		"Silent":         {"No write is answered, as if the network lost them.", spoiling(proxy, kube.Fault{Match: ofNumbers, Count: 1, Answer: kube.Hang})},
		"ForeignWebhook": {"A webhook of somebody else is down, and lets no number be changed.", brokenWebhook},
	}
	tr.live(t, noFault, noFault)
	tr.goroutines = tr.countGoroutines(t)
	for name, tc := range cases {
		passed := t.Run(name, func(t *testing.T) {
			tr.live(t, tc.begin, tc.begin)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
		if !passed {
			return // what is left behind would spoil the next case
		}
	}
}

// ofNumbers picks the writes of numbers.
func ofNumbers(r *http.Request) bool {
	return kube.Writes(r) && strings.Contains(r.URL.Path, "/phonenumbers/")
}

// ofSecrets picks the reads of single Secrets.
func ofSecrets(r *http.Request) bool {
	return r.Method == http.MethodGet && strings.Contains(r.URL.Path, "/secrets/")
}

func noFault(*testing.T, *world.World) fault {
	return fault{pending: func() string { return "" }, end: func() {}, met: func() int { return 0 }}
}

// spoiling is a fault of requests. It ends once it has been met as often as it
// can be.
func spoiling(proxy *kube.Proxy, f kube.Fault) func(*testing.T, *world.World) fault {
	return func(*testing.T, *world.World) fault {
		spoiled := proxy.Spoil(f)
		return fault{met: spoiled.Hits, end: spoiled.Remove, pending: func() string {
			if hits := spoiled.Hits(); hits < f.Count {
				return fmt.Sprintf("it was met %d times", hits)
			}
			return ""
		}}
	}
}

// cutting ends all watches again and again.
func cutting(proxy *kube.Proxy) func(*testing.T, *world.World) fault {
	return func(*testing.T, *world.World) fault {
		const enough = 3
		times := 0
		return fault{end: func() {}, met: func() int { return times }, pending: func() string {
			if proxy.CutWatches() > 0 {
				times++
			}
			if times < enough {
				return fmt.Sprintf("watches were cut %d times", times)
			}
			return ""
		}}
	}
}

// expiring ends all watches, and none can go on from where it was. The client lets a
// watch that was cut before it was a second old begin anew by itself: all are cut
// again, once they are older, until as many as there are could not go on.
func expiring(proxy *kube.Proxy) func(*testing.T, *world.World) fault {
	const older = 3 * time.Second
	return func(*testing.T, *world.World) fault {
		gone := proxy.Spoil(kube.Fault{Match: kube.Resumed, Count: kube.Always, Answer: kube.Refuse(http.StatusGone, "Expired", 0)})
		watches, last := 0, time.Time{}
		return fault{met: gone.Hits, end: gone.Remove, pending: func() string {
			if watches > 0 && gone.Hits() >= watches {
				return ""
			}
			if time.Since(last) > older {
				watches, last = max(watches, proxy.CutWatches()), time.Now()
			}
			return fmt.Sprintf("%d of %d watches could not go on", gone.Hits(), watches)
		}}
	}
}

// holding keeps what changes from the manager until all has been still for a
// while, in which it must do nothing on what it knows from before.
func holding(proxy *kube.Proxy) func(*testing.T, *world.World) fault {
	return func(_ *testing.T, w *world.World) fault {
		release := proxy.HoldWatches()
		began := time.Now()
		return fault{end: release, met: func() int { return 1 }, pending: func() string {
			if time.Since(began) < 3*time.Second {
				return "it has not lasted long"
			}
			return ""
		}}
	}
}

const deadWebhook = `{"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "down.example.org"}, "webhooks": [{
	"name": "down.example.org", "admissionReviewVersions": ["v1"], "sideEffects": "None", "failurePolicy": "Fail", "timeoutSeconds": 1,
	"clientConfig": {"url": "https://127.0.0.1:1/"},
	"rules": [{"apiGroups": ["callplane.io"], "apiVersions": ["*"], "operations": ["UPDATE"], "resources": ["phonenumbers", "phonenumbers/status"]}]}]}`

// brokenWebhook has every change of a number refused, for nobody can be asked.
func brokenWebhook(t *testing.T, w *world.World) fault {
	t.Helper()
	if _, stderr, err := w.Plane.KubectlInput(t.Context(), deadWebhook, "apply", "-f", "-"); err != nil {
		t.Fatal(err, stderr)
	}
	began := time.Now()
	refused := func() int {
		events, err := w.Plane.AuditSince(began)
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for _, event := range events {
			if write(event) && event.Resource == "phonenumbers" && event.Code >= 400 {
				count++
			}
		}
		return count
	}
	return fault{
		met: refused,
		pending: func() string {
			if refused() < 2 {
				return "no change of a number was refused twice"
			}
			return ""
		},
		end: func() {
			if _, stderr, err := w.Plane.Kubectl(t.Context(), "delete", "validatingwebhookconfiguration", "down.example.org"); err != nil {
				t.Fatal(err, stderr)
			}
		},
	}
}

// TestUnseenChange undoes a change before the manager can see it: an expired watch
// begins anew with what there is, and what was in between is lost for ever.
func TestUnseenChange(t *testing.T) {
	tr, proxy := proxiedWorld(t, plane)
	tr.half(t, "Provision: inbound and outbound", noFault, func() {
		create(t, tr.world, tr.world.PhoneNumber("support-line", world.Outbound))
	}, func() { awaitActive(t, tr.world, "support-line") })
	before := mutations(tr.world)
	release := proxy.HoldWatches()
	for _, name := range []string{"Sales", ""} {
		number := get(t, tr.world, "support-line")
		patch := client.MergeFrom(number.DeepCopy())
		number.Spec.DisplayName = name
		if err := tr.world.Client.Patch(t.Context(), number, patch); err != nil {
			t.Fatal(err)
		}
	}
	f := expiring(proxy)(t, tr.world)
	eventually(t, "all watches to have expired", func(context.Context) string { return f.pending() })
	release()
	awaitReason(t, tr.world, "support-line", v1alpha1.ConditionReady, v1alpha1.ReasonActive)
	f.end()
	tr.wantSettled(t)
	tr.check(t)
	if after := mutations(tr.world); after != before {
		t.Errorf("the providers were changed: %s, before %s", after, before)
	}
}
