package e2e

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/installation"
	"github.com/callplane/callplane/test/explore"
	"github.com/callplane/callplane/test/world"
)

// A bridge holds what becomes of a number in reality against what becomes of its twin
// in the explorer: what is there must be the same after every death, and whenever
// things are at rest. A nil bridge holds nothing against anything.
type bridge struct {
	world        *world.World
	installation string
	twin         *explore.Twin
	// deaths and rests count what was compared.
	deaths, rests int
}

func newBridge(t *testing.T, w *world.World) *bridge {
	t.Helper()
	id, err := installation.ID(t.Context(), w.Client, rand.Reader, world.ManagerNamespace)
	if err != nil {
		t.Fatal(err)
	}
	return &bridge{world: w, installation: id}
}

// born begins another lifecycle.
func (b *bridge) born() {
	if b != nil {
		b.twin = explore.NewTwin(b.world.VoiceAgent())
	}
}

// created and deleted do to the twin what was done to the number.
func (b *bridge) created(number *v1alpha1.PhoneNumber) {
	if b != nil {
		b.twin.Create(number)
	}
}

func (b *bridge) deleted() {
	if b != nil {
		b.twin.Delete()
	}
}

// died lets the twin die where the number's manager has just died. What was on its way
// to a server at that moment still arrives. Of all ways in which this may leave things,
// the twin goes on with the one that is real.
func (b *bridge) died(t *testing.T, death string) {
	t.Helper()
	if b == nil {
		return
	}
	ways, err := b.twin.Die(death)
	if err != nil {
		t.Fatal(err)
	}
	b.deaths++
	eventually(t, "one of the ways that the explorer knows to be left by a kill "+death, func(context.Context) string {
		got, diffs := b.picture(t), make([]string, len(ways))
		for i, way := range ways {
			if diffs[i] = cmp.Diff(way.Picture(), got); diffs[i] == "" {
				b.twin = way
				return ""
			}
		}
		closest := slices.MinFunc(diffs, func(a, b string) int { return len(a) - len(b) })
		return fmt.Sprintf("there are %d, the closest, -explorer +reality:\n%s", len(ways), closest)
	})
}

// rested lets the twin come to rest as the number has.
func (b *bridge) rested(t *testing.T) {
	t.Helper()
	if b != nil {
		b.rest(t)
	}
}

// undisturbed lets the twin come to rest as the number has when nobody died, over the
// same effects: what is killed at here is all that is killed at in the explorer.
func (b *bridge) undisturbed(t *testing.T, reached []string) {
	t.Helper()
	if b == nil {
		return
	}
	reached = slices.DeleteFunc(slices.Clone(reached), func(effect string) bool { return !ofNumber(effect) })
	if diff := cmp.Diff(byProvider(b.rest(t)), byProvider(reached)); diff != "" {
		t.Errorf("the effects when nobody died, -explorer +reality:\n%s", diff)
	}
}

func (b *bridge) rest(t *testing.T) []string {
	t.Helper()
	effects, err := b.twin.Rest()
	if err != nil {
		t.Fatalf("in the explorer: %v", err)
	}
	b.rests++
	if diff := cmp.Diff(b.twin.Picture(), b.picture(t)); diff != "" {
		t.Errorf("what is there at rest, -explorer +reality:\n%s", diff)
	}
	return effects
}

// byProvider leaves the order in which each is called, and not that in which two are
// called side by side.
func byProvider(effects []string) []string {
	return slices.SortedStableFunc(slices.Values(effects), func(a, b string) int {
		return strings.Compare(strings.Fields(a)[0], strings.Fields(b)[0])
	})
}

// picture shows what is really there.
func (b *bridge) picture(t *testing.T) []string {
	t.Helper()
	w, ctx := b.world, t.Context()
	inbound, errInbound := w.LiveKit.InboundTrunks(ctx)
	outbound, errOutbound := w.LiveKit.OutboundTrunks(ctx)
	rules, errRules := w.LiveKit.DispatchRules(ctx)
	if err := errors.Join(errInbound, errOutbound, errRules); err != nil {
		t.Fatal(err)
	}
	return explore.Parts{
		Installation: b.installation, Namespace: w.Namespace, Name: "support-line",
		Numbers: listed[*v1alpha1.PhoneNumber](t, w, &v1alpha1.PhoneNumberList{}),
		Records: listed[*v1alpha1.OrphanRecord](t, w, &v1alpha1.OrphanRecordList{}),
		Secrets: listed[*corev1.Secret](t, w, &corev1.SecretList{}),
		Twilio:  w.Twilio, InboundTrunks: inbound, OutboundTrunks: outbound, DispatchRules: rules,
	}.Picture()
}

// listed are all objects of a kind.
func listed[T client.Object](t *testing.T, w *world.World, list client.ObjectList) []T {
	t.Helper()
	if err := w.Client.List(t.Context(), list); err != nil {
		t.Fatal(err)
	}
	var all []T
	err := meta.EachListItem(list, func(item runtime.Object) error {
		all = append(all, item.(T))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func (b *bridge) log(t *testing.T) {
	t.Helper()
	if b != nil && !t.Failed() && b.deaths == 0 {
		t.Error("nothing was held against the explorer")
	}
	if b != nil {
		t.Logf("held against the explorer: what is there after %d deaths, and at %d rests", b.deaths, b.rests)
	}
}
