package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	// troubled is how many numbers have a project that answers nothing: more than the
	// manager works on at once in one project.
	troubled = 70
	// undisturbed is how long a deletion beside them may take. Without them it
	// takes about a second.
	undisturbed = 20 * time.Second
)

// TestSilentProjectStopsNobody has many numbers deleted whose project swallows
// every request, and sees that those of another project go all the same, and go
// themselves once it answers again. The brake must not keep them from hanging.
func TestSilentProjectStopsNobody(t *testing.T) {
	w := emptyWorld(t)
	other, err := w.LiveKit.Proxy(livekit.ProxyOptions{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	project := w.LiveKitProject()
	project.Name, project.Spec.URL = "other", other.URL()
	create(t, w, project)
	manager := startManager(t, w, "--livekit-allowed-hosts="+w.Proxy.URL()+","+other.URL(), "--max-concurrent-teardowns=100")
	numbers := manyNumbers(t, w, troubled)
	create(t, w, w.PhoneNumber("fine", func(n *v1alpha1.PhoneNumber) { n.Spec.PlatformRef.Name = "other" }))
	fine := awaitActive(t, w, "fine")
	for _, number := range numbers {
		awaitActive(t, w, number.GetName())
	}

	w.Proxy.Spoil(livekit.Fault{Count: livekit.Always, Answer: livekit.Hang()})
	remove(t, w, numbers...)
	eventually(t, "all to have been tried", func(context.Context) string {
		if tried := hanging(w); tried < 16 {
			return fmt.Sprintf("%d calls hang", tried)
		}
		return ""
	})
	began := time.Now()
	remove(t, w, fine)
	awaitGone(t, w, fine)
	took := time.Since(began)
	t.Logf("beside %d deletions that hang, one took %s", troubled, took)
	if took > undisturbed {
		t.Errorf("it took %s, want %s at most", took, undisturbed)
	}

	w.Proxy.Clear()
	for _, number := range numbers {
		awaitGone(t, w, number)
	}
	wantHoldings(t, w, nothing)
	tr := newTrial(t, w, manager)
	tr.wantSettled(t)
	tr.check(t)
}

// manyNumbers makes so many numbers beside the world's own.
func manyNumbers(t *testing.T, w *world.World, count int) []client.Object {
	t.Helper()
	numbers := make([]client.Object, count)
	for i := range numbers {
		e164 := fmt.Sprintf("+1415556%04d", i)
		w.Twilio.AddNumber(w.Account.SID, e164, twiliosim.NumberOptions{})
		numbers[i] = w.PhoneNumber(fmt.Sprintf("troubled-%d", i), func(n *v1alpha1.PhoneNumber) { n.Spec.Number = e164 })
	}
	create(t, w, numbers...)
	return numbers
}

// hanging is how many calls LiveKit has been sent that were not answered.
func hanging(w *world.World) int {
	count := 0
	for _, call := range w.Proxy.Calls() {
		if call.Status == 0 {
			count++
		}
	}
	return count
}

// TestRetryAfterIsKept shows that no call for a number comes before the time that
// the provider asked for, however it says so.
func TestRetryAfterIsKept(t *testing.T) {
	const wait = 4 * time.Second
	cases := map[string]struct {
		reason string
		value  func() string
		least  time.Duration
	}{
		"Seconds":  {"a number of seconds", func() string { return "4" }, wait},
		"Date":     {"a date, against the clock of the server", func() string { return time.Now().Add(wait).UTC().Format(http.TimeFormat) }, wait - time.Second},
		"Absent":   {"no time: the usual backoff", func() string { return "" }, 0},
		"Past":     {"a date that has passed", func() string { return "Fri, 31 Jul 2020 11:00:00 GMT" }, 0},
		"Nonsense": {"something else", func() string { return "soon" }, 0},
	}
	w, manager := calmWorld(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			create(t, w, w.PhoneNumber("support-line"))
			number := awaitActive(t, w, "support-line")
			w.Twilio.ResetLog()
			limited := w.Twilio.Inject(twiliosim.Fault{
				Match:  twiliosim.Match{Operation: "trunk.delete"},
				Action: twiliosim.Fail(http.StatusTooManyRequests, 20429).WithRetryAfter(tc.value()),
			})
			remove(t, w, number)
			awaitGone(t, w, number)
			if limited.Hits() != 1 {
				t.Fatalf("%s: %d answers said so, want 1", tc.reason, limited.Hits())
			}
			if gap := gapAfter429(w); gap < tc.least || gap > wait+3*time.Second {
				t.Errorf("%s: Twilio was called again after %s, want at least %s", tc.reason, gap, tc.least)
			}
			wantHoldings(t, w, nothing)
		})
	}
	newTrial(t, w, manager).check(t)
}

// gapAfter429 is how long after the last 429 the next call came.
func gapAfter429(w *world.World) time.Duration {
	var limited time.Time
	for _, call := range w.Twilio.Calls() {
		if !limited.IsZero() {
			return call.Time.Sub(limited)
		}
		if call.Status == http.StatusTooManyRequests {
			limited = call.Time
		}
	}
	return 0
}

// TestCredentialsGoNowhereElse has both providers answer with redirects, and sees
// that nobody follows: whoever is there must not get the credentials.
func TestCredentialsGoNowhereElse(t *testing.T) {
	var visits atomic.Int32
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { visits.Add(1) }))
	t.Cleanup(elsewhere.Close)
	var redirecting atomic.Bool
	w := newWorld(t, world.Options{Logf: t.Logf, Between: func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if redirecting.Load() {
				http.Redirect(w, r, elsewhere.URL+r.URL.Path, http.StatusTemporaryRedirect)
				return
			}
			next.ServeHTTP(w, r)
		})
	}})
	if err := w.Populate(testContext(t)); err != nil {
		t.Fatal(err)
	}
	tr := newTrial(t, w, startManager(t, w))
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	redirecting.Store(true)
	w.Proxy.Spoil(livekit.Fault{Count: livekit.Always, Answer: livekit.Redirect(elsewhere.URL)})
	remove(t, w, number)
	wantCorrupted(t, awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassProviderUnavailable))
	redirecting.Store(false)
	w.Proxy.Clear()
	requestRetry(t, w, "support-line")
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
	if visits.Load() > 0 {
		t.Errorf("%d requests were taken elsewhere", visits.Load())
	}
	tr.check(t)
}
