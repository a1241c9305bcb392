package orphan

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	apifake "sigs.k8s.io/controller-runtime/pkg/client/fake"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/backoff"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/internal/orphan"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/fake"
)

const (
	namespace        = "support"
	managerNamespace = "callplane-system"
	installation     = "abc234"
	accountSID       = "AC0123456789abcdef0123456789abcdef"
	host             = "my-project.livekit.cloud"
	alive            = "11111111-aaaa-4aaa-8aaa-aaaaaaaaaaaa"
	dead             = "22222222-bbbb-4bbb-8bbb-bbbbbbbbbbbb"
	grace            = 30 * time.Second
)

// seed and instant are random; what fails prints them.
var (
	seed    = rand.Uint64()
	instant = time.Unix(rand.Int64N(4e9), 0).UTC()
)

func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		fmt.Println("the time was", instant, "and the seed", seed)
	}
	os.Exit(code)
}

// An end is a carrier or a platform.
type end struct {
	*fake.Provider
	resources []external.Resource
}

func (end) TrunkResources(*v1alpha1.SIPTrunk, provider.Wiring) []external.Resource { return nil }

func (e end) Resources(*v1alpha1.PhoneNumber, provider.Wiring) []external.Resource {
	return e.resources
}
func (end) Termination() external.Ref { return external.Ref{} }
func (end) Link() external.Slot       { return external.SlotDispatchRule }

var kinds = map[string]fake.Kind{
	"Number": {Existing: true, Counted: true}, "Trunk": {Shared: true}, "URL": {}, "List": {Shared: true},
	"ListLink": {Association: "list"}, "Attachment": {Association: "number", Moves: true, Counted: true},
	"Inbound": {}, "Rule": {}, "Outbound": {},
}

func atCarrier() []external.Resource {
	return []external.Resource{
		{Slot: external.SlotNumber, Provider: "twilio", Kind: "Number", Existing: true},
		{Slot: external.SlotTrunk, Provider: "twilio", Kind: "Trunk"},
		{Slot: external.SlotOriginationURL, Provider: "twilio", Kind: "URL", Parent: external.SlotTrunk},
		{Slot: external.SlotCredentialList, Provider: "twilio", Kind: "List"},
		{Slot: external.SlotCredentialListLink, Provider: "twilio", Kind: "ListLink", Parent: external.SlotTrunk, Association: "list"},
		{Slot: external.SlotAttachment, Provider: "twilio", Kind: "Attachment", Parent: external.SlotTrunk, Association: "number"},
	}
}

func atPlatform() []external.Resource {
	return []external.Resource{
		{Slot: external.SlotInboundTrunk, Provider: "livekit", Kind: "Inbound"},
		{Slot: external.SlotDispatchRule, Provider: "livekit", Kind: "Rule"},
		{Slot: external.SlotOutboundTrunk, Provider: "livekit", Kind: "Outbound"},
	}
}

// A world is an API server, two providers, and the reconcilers between them.
type world struct {
	t        *testing.T
	api      client.WithWatch
	cached   client.Reader
	carrier  end
	platform end
	clock    *clocktesting.FakePassiveClock
	events   []string
	// onList happens before numbers are listed live.
	onList func()
	// suspects are those that the lists do not show as their ledgers do.
	suspects []string
	retry    *backoff.Backoff
}

func newWorld(t *testing.T, objects ...client.Object) *world {
	t.Helper()
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{corev1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			t.Fatal(err)
		}
	}
	objects = append(objects, newAccount(namespace, "twilio"), newProject(), newSecret(namespace, "twilio"), newSecret(namespace, "livekit"))
	w := &world{t: t, clock: clocktesting.NewFakePassiveClock(instant), retry: backoff.New(rand.New(rand.NewPCG(seed, 0)))}
	w.api = apifake.NewClientBuilder().WithScheme(scheme).WithGlobalResourceVersionCounter().WithObjects(objects...).
		WithStatusSubresource(&v1alpha1.PhoneNumber{}, &v1alpha1.OrphanRecord{}).Build()
	w.cached = w.api
	w.carrier = end{fake.New("twilio", kinds), atCarrier()}
	w.platform = end{fake.New("livekit", kinds), atPlatform()}
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Number", ID: "PN", Name: "+15550100"})
	return w
}

// Eventf keeps the events.
func (w *world) Eventf(regarding, _ runtime.Object, severity, reason, _, note string, args ...any) {
	object := regarding.(client.Object)
	w.events = append(w.events, fmt.Sprintf("%s %s on %s: %s", severity, reason, object.GetName(), fmt.Sprintf(note, args...)))
}

func (w *world) suspect(owner v1alpha1.Owner) { w.suspects = append(w.suspects, owner.GetName()) }

// told lists what events said so far, up to their notes.
func (w *world) told() []string {
	told := make([]string, len(w.events))
	for i, event := range w.events {
		told[i], _, _ = strings.Cut(event, ":")
	}
	w.events = nil
	return told
}

// direct is the API server without a cache.
func (w *world) direct() client.Client {
	return interceptor.NewClient(w.api, interceptor.Funcs{
		List: func(ctx context.Context, c client.WithWatch, list client.ObjectList, opts ...client.ListOption) error {
			if _, ok := list.(*v1alpha1.PhoneNumberList); ok && w.onList != nil {
				w.onList()
			}
			return c.List(ctx, list, opts...)
		},
	})
}

func (w *world) providers() provider.Set {
	return provider.Set{
		Carriers:  map[string]provider.Carrier{v1alpha1.KindTwilioAccount: w.carrier},
		Platforms: map[string]provider.Platform{v1alpha1.KindLiveKitProject: w.platform},
	}
}

func (w *world) orphans() orphan.Recorder {
	return orphan.Recorder{Client: w.direct(), Namespace: managerNamespace}
}

func (w *world) keeper() *Keeper {
	return &Keeper{
		Direct: w.direct(), Providers: w.providers(), Connections: connection.Resolver{Objects: w.api, Secrets: w.api, Providers: w.providers()},
		Orphans: w.orphans(), Installation: installation, Events: w, Clock: w.clock, Retries: w.retry, Grace: grace,
	}
}

func (w *world) context() context.Context { return log.IntoContext(w.t.Context(), logr.Discard()) }

func sweepOf[T connection.Object](w *world, object T) {
	w.t.Helper()
	sweeper := &Sweeper[T]{Keeper: w.keeper(), Cached: w.cached, Interval: 5 * time.Minute, Suspect: w.suspect}
	if err := w.api.Get(w.t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		w.t.Fatal(err)
	}
	result, err := sweeper.Reconcile(w.context(), object)
	if err != nil || result.RequeueAfter > 5*time.Minute || result.RequeueAfter < 4*time.Minute {
		w.t.Fatalf("got %+v and %v, want another sweep within the interval", result, err)
	}
}

// sweep looks through both providers.
func (w *world) sweep() {
	w.t.Helper()
	sweepOf(w, newAccount(namespace, "twilio"))
	sweepOf(w, newProject())
}

// visit reconciles a record.
func (w *world) visit(name string) reconcile.Result {
	w.t.Helper()
	reconciler := &Reconciler{Keeper: w.keeper(), Schedule: engine.Serial}
	result, err := reconciler.Reconcile(w.context(), w.record(name))
	if err != nil {
		w.t.Fatal(err)
	}
	return result
}

// record reads one; nil if there is none.
func (w *world) record(name string) *v1alpha1.OrphanRecord {
	w.t.Helper()
	var record v1alpha1.OrphanRecord
	err := w.api.Get(w.t.Context(), client.ObjectKey{Namespace: managerNamespace, Name: name}, &record)
	if apierrors.IsNotFound(err) {
		return nil
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return &record
}

// annotate asks for the deletion of what a record lists.
func (w *world) annotate(name string) {
	w.t.Helper()
	record := w.record(name)
	record.Annotations = map[string]string{v1alpha1.AnnotationDeleteExternal: "true"}
	if err := w.api.Update(w.t.Context(), record); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) wantTold(want ...string) {
	w.t.Helper()
	if diff := cmp.Diff(want, w.told(), cmpopts.EquateEmpty()); diff != "" {
		w.t.Errorf("events, -want +got:\n%s", diff)
	}
}

// wantRecorded compares state and contents of a record.
func (w *world) wantRecorded(name, state string, want ...string) {
	w.t.Helper()
	record := w.record(name)
	if record == nil {
		w.t.Fatalf("there is no record %s", name)
	}
	var got []string
	for _, entry := range record.Status.Resources {
		got = append(got, entry.Slot+" "+entry.ID)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || record.Status.State != state {
		w.t.Errorf("the record %s is %s, want %s; -want +got:\n%s", name, record.Status.State, state, diff)
	}
}

func (w *world) wantNoRecords() {
	w.t.Helper()
	var records v1alpha1.OrphanRecordList
	if err := w.api.List(w.t.Context(), &records); err != nil {
		w.t.Fatal(err)
	}
	if len(records.Items) > 0 {
		w.t.Errorf("there are records of %+v, want none", records.Items[0].Status.Resources)
	}
}

// mutations lists the calls that changed something at a provider.
func (w *world) mutations() []string {
	var all []string
	for _, call := range append(w.carrier.Log(fake.Create, fake.Update, fake.Delete), w.platform.Log(fake.Create, fake.Update, fake.Delete)...) {
		all = append(all, call.String())
	}
	return all
}

// left lists what exists besides the number itself.
func (w *world) left() []string {
	var all []string
	for _, resource := range append(w.carrier.All(""), w.platform.All("")...) {
		if resource.Kind != "Number" {
			all = append(all, resource.Kind+" "+resource.ID)
		}
	}
	slices.Sort(all)
	return all
}

func named(uid string, slot external.Slot) string {
	return marker.Owner{Installation: installation, UID: uid, Namespace: namespace, Name: "line"}.For(slot)
}

// leave puts at both providers what an object had.
func (w *world) leave(uid string) {
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Trunk", ID: "TK", Name: named(uid, "trunk")})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "List", ID: "CL", Name: named(uid, "creds")})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "ListLink", ID: "CL", ParentID: "TK"})
	w.carrier.Add(fake.Resource{Account: accountSID, Kind: "Attachment", ID: "PN", ParentID: "TK"})
	w.platform.Add(fake.Resource{Account: host, Kind: "Inbound", ID: "ST", Name: named(uid, "inbound")})
	w.platform.Add(fake.Resource{Account: host, Kind: "Rule", ID: "SDR", Name: named(uid, "rule")})
}

// everything is what a record then lists.
var everything = []string{"trunk TK", "creds CL", "crdlink CL", "attach PN", "inbound ST", "rule SDR"}

var verified = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified}}

func newAccount(namespace, name string) *v1alpha1.TwilioAccount {
	account := &v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name, UID: types.UID(namespace + name)}}
	account.Spec.AccountSID, account.Spec.CredentialsSecretRef.Name = accountSID, name
	account.Status.Conditions = verified
	return account
}

func newProject() *v1alpha1.LiveKitProject {
	project := &v1alpha1.LiveKitProject{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "livekit", UID: "livekit"}}
	project.Spec.URL, project.Spec.CredentialsSecretRef.Name = "https://"+host, "livekit"
	project.Status.Conditions = verified
	return project
}

func newSecret(namespace, name string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

// newNumber is alive and has entries in its ledger.
func newNumber(entries ...ledger.Entry) *v1alpha1.PhoneNumber {
	number := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "line", UID: alive}}
	number.Spec.Number = "+15550100"
	number.Status.ExternalResources = entries
	return number
}

func trunk(id string) ledger.Entry {
	return ledger.Entry{Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: accountSID, ID: id, State: v1alpha1.StateReady, Origin: v1alpha1.OriginCreated}
}
