package e2e

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

const (
	// seedsVariable is how many seeds each order of deletion is tried with.
	seedsVariable = "NAMESPACE_SEEDS"
	// fleetSize is how many numbers are in the namespace.
	fleetSize = 50
)

// TestNamespaceOfManyNumbers deletes a namespace with numbers of which some are set
// up and others are about to be, in both orders that matter and in whatever order
// Kubernetes picks: the namespace goes and leaves nothing at either provider.
func TestNamespaceOfManyNumbers(t *testing.T) {
	credentials := []client.Object{&corev1.Secret{}, &v1alpha1.TwilioAccount{}, &v1alpha1.LiveKitProject{}, &v1alpha1.VoiceAgent{}}
	numbers, trunks := []client.Object{&v1alpha1.PhoneNumber{}}, []client.Object{&v1alpha1.SIPTrunk{}}
	cases := map[string]struct {
		reason      string
		first, last []client.Object
		crash       bool
	}{
		"CredentialsFirst": {reason: "Secrets and accounts outlive the numbers that need them.", first: credentials, last: slices.Concat(numbers, trunks)},
		"NumbersFirst":     {reason: "The last number lets go of what it needed, also after the manager has died.", first: numbers, last: slices.Concat(trunks, credentials), crash: true},
		"TrunksFirst":      {reason: "A trunk outlives the numbers that are on it.", first: trunks, last: slices.Concat(numbers, credentials)},
		"AnyOrder":         {reason: "Until Kubernetes begins, nothing more is set up."},
	}
	base := faultSeed(t)
	for seed := base; seed != base+seeds(t); seed++ {
		for name, tc := range cases {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Logf("%s=%d repeats this", seedVariable, seed)
				f := newFleet(t, rand.New(rand.NewPCG(seed, 0)))
				f.comesUp(t)
				f.deleteFirst(t, tc.first, tc.last)
				began := time.Now()
				f.markNamespace(t)
				f.deleteAll(t, tc.last)
				if tc.crash {
					f.dies(t)
				}
				f.awaitNamespaceGone(t, began)
				f.wantNothingLeft(t, tc.crash)
				if t.Failed() {
					t.Log(tc.reason)
				}
			})
		}
	}
}

// seeds is one for each order, unless more are asked for.
func seeds(t *testing.T) uint64 {
	t.Helper()
	text := os.Getenv(seedsVariable)
	if text == "" {
		return 1
	}
	count, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		t.Fatalf("%s: %v", seedsVariable, err)
	}
	return count
}

// A fleet is many numbers in one namespace.
type fleet struct {
	world   *world.World
	manager *world.Manager
	random  *rand.Rand
	// marked is how many calls Twilio had got when the namespace was deleted.
	marked int
}

func newFleet(t *testing.T, random *rand.Rand) *fleet {
	t.Helper()
	w := emptyWorld(t)
	project := w.LiveKitProject()
	project.Spec.MaxRequestsPerMinute = new(int32(100_000))
	create(t, w, w.TwilioSecret(), w.TwilioAccount(), w.LiveKitSecret(), project, w.VoiceAgent())
	create(t, w, w.SIPTrunk("main"), w.SIPTrunk("spare"))
	f := &fleet{world: w, manager: startManager(t, w), random: random}
	for i := range fleetSize {
		e164 := fmt.Sprintf("+1415555%04d", 1000+i)
		w.Twilio.AddNumber(w.Account.SID, e164, twiliosim.NumberOptions{})
		number := w.PhoneNumber(fmt.Sprintf("line-%02d", i))
		number.Spec.Number = e164
		if random.IntN(4) == 0 {
			world.Outbound(number)
		}
		if trunk := random.IntN(4); trunk < 2 {
			share(number, []string{"main", "spare"}[trunk])
		}
		create(t, w, number)
	}
	return f
}

// share puts a number on a trunk, which says how its calls are made.
func share(number *v1alpha1.PhoneNumber, trunk string) {
	world.OnTrunk(trunk)(number)
	if number.Spec.Outbound != nil {
		makesCalls(number)
	}
}

// comesUp waits until at least one number is Ready, often most of them: the others
// are caught wherever they are.
func (f *fleet) comesUp(t *testing.T) {
	t.Helper()
	enough := 1 + f.random.IntN(fleetSize)
	eventually(t, fmt.Sprintf("%d numbers to be Ready", enough), func(ctx context.Context) string {
		var list v1alpha1.PhoneNumberList
		if err := f.world.Client.List(ctx, &list, client.InNamespace(f.world.Namespace)); err != nil {
			return err.Error()
		}
		ready := 0
		for i := range list.Items {
			if reason, _ := condition(&list.Items[i], v1alpha1.ConditionReady); reason == v1alpha1.ReasonActive {
				ready++
			}
		}
		if ready < enough {
			return fmt.Sprintf("%d are", ready)
		}
		return ""
	})
}

func (f *fleet) namespace() *corev1.Namespace {
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: f.world.Namespace}}
}

// markNamespace deletes the namespace. Kubernetes begins with what is in it 5 s
// later.
func (f *fleet) markNamespace(t *testing.T) {
	t.Helper()
	remove(t, f.world, f.namespace())
	f.marked = len(f.world.Twilio.Calls())
}

// deleteFirst deletes objects of some kinds, and sees that those of the others are
// not being deleted yet.
func (f *fleet) deleteFirst(t *testing.T, first, last []client.Object) {
	t.Helper()
	f.deleteAll(t, first)
	for _, kind := range first {
		f.wantDeleting(t, kind, true)
	}
	for _, kind := range last {
		f.wantDeleting(t, kind, false)
	}
}

func (f *fleet) deleteAll(t *testing.T, kinds []client.Object) {
	t.Helper()
	for _, kind := range kinds {
		if err := f.world.Client.DeleteAllOf(t.Context(), kind, client.InNamespace(f.world.Namespace)); err != nil {
			t.Fatal(err)
		}
	}
}

func (f *fleet) wantDeleting(t *testing.T, kind client.Object, want bool) {
	t.Helper()
	gvk, err := f.world.Client.GroupVersionKindFor(kind)
	if err != nil {
		t.Fatal(err)
	}
	objects := &metav1.PartialObjectMetadataList{}
	objects.SetGroupVersionKind(gvk)
	if err := f.world.Client.List(t.Context(), objects, client.InNamespace(f.world.Namespace)); err != nil {
		t.Fatal(err)
	}
	for _, object := range objects.Items {
		if object.Labels[v1alpha1.LabelGenerated] != "" {
			continue // the login of a number that is still being set up
		}
		if got := !object.DeletionTimestamp.IsZero(); got != want {
			t.Errorf("%s %s is being deleted: %v, want %v", gvk.Kind, object.Name, got, want)
		}
	}
}

// dies kills the manager somewhere in the teardown, and starts it again.
func (f *fleet) dies(t *testing.T) {
	t.Helper()
	calls := f.marked + f.random.IntN(8*fleetSize)
	eventually(t, fmt.Sprintf("call %d to Twilio, or the end", calls), func(ctx context.Context) string {
		if got := len(f.world.Twilio.Calls()); got < calls && !f.gone(ctx) {
			return fmt.Sprintf("there were %d", got)
		}
		return ""
	})
	f.manager.Kill()
	f.manager = startManager(t, f.world)
}

func (f *fleet) gone(ctx context.Context) bool {
	namespace := f.namespace()
	return apierrors.IsNotFound(f.world.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace))
}

func (f *fleet) awaitNamespaceGone(t *testing.T, began time.Time) {
	t.Helper()
	eventually(t, "the namespace to be gone", func(ctx context.Context) string {
		namespace := f.namespace()
		if err := f.world.Client.Get(ctx, client.ObjectKeyFromObject(namespace), namespace); apierrors.IsNotFound(err) {
			return ""
		}
		return "it has " + render(namespace.Status)
	})
	t.Logf("the namespace was gone after %s", time.Since(began).Round(100*time.Millisecond))
}

// wantNothingLeft sees that nothing is left but the numbers themselves, that nothing
// was begun in the deleted namespace, and that nothing was deleted more often than
// the manager began anew.
func (f *fleet) wantNothingLeft(t *testing.T, crashed bool) {
	t.Helper()
	wantHoldings(t, f.world, nothing)
	for _, number := range f.world.Twilio.Numbers(f.world.Account.SID) {
		if number.TrunkSID != "" {
			t.Errorf("%s is still on trunk %s", number.PhoneNumber, number.TrunkSID)
		}
	}
	f.wantNoBeginning(t)
	lives := 1
	if crashed {
		lives++
	}
	deletes := map[string]int{}
	for _, call := range f.world.Twilio.Calls() {
		if call.Method == http.MethodDelete {
			deletes[call.Path]++
		}
	}
	for path, count := range deletes {
		if count > lives {
			t.Errorf("%s was deleted %d times by %d managers", path, count, lives)
		}
	}
}

// wantNoBeginning sees that no number got its trunk, which comes first, after the
// namespace was deleted, but by one of the visits that were under way.
func (f *fleet) wantNoBeginning(t *testing.T) {
	t.Helper()
	const workers = 16
	begun := 0
	for _, call := range f.world.Twilio.Calls()[f.marked:] {
		if call.Applied && call.Operation == "trunk.create" {
			begun++
		}
	}
	t.Logf("%d visits that were under way made a trunk", begun)
	if begun > workers {
		t.Errorf("%d numbers were begun in a deleted namespace", begun)
	}
}

// TestNothingMoreInDeletedNamespace shows that a number which waits for its provider
// is not set up any more once its namespace is deleted, although it is not yet
// itself.
func TestNothingMoreInDeletedNamespace(t *testing.T) {
	w, _ := calmWorld(t)
	w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.create"}, Action: twiliosim.Fail(503, 20503), Count: twiliosim.Forever})
	number := w.PhoneNumber("support-line", world.Outbound)
	create(t, w, number)
	awaitReason(t, w, "support-line", v1alpha1.ConditionReady, v1alpha1.ClassProviderUnavailable)
	f := &fleet{world: w}
	f.markNamespace(t)
	w.Twilio.ClearFaults()
	requestRetry(t, w, "support-line")
	eventually(t, "the number to say so, or to be gone", func(ctx context.Context) string {
		err := w.Client.Get(ctx, client.ObjectKeyFromObject(number), number)
		if _, message := condition(number, v1alpha1.ConditionReady); err == nil && !strings.Contains(message, "namespace") {
			return "it says " + message
		}
		return ""
	})
	f.awaitNamespaceGone(t, time.Now())
	wantHoldings(t, w, nothing)
	for _, call := range w.Twilio.Mutations() {
		t.Errorf("%s changed something at Twilio", call.Operation)
	}
}
