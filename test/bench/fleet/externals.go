package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/bench/rig"
)

var externalKind = schema.GroupVersionKind{Group: "peer.bench.callplane.io", Version: "v1", Kind: "External"}

// SeedExternals makes numbers as the peer has them, set up: three objects each. No
// peer may run.
func (f *Fleet) SeedExternals(ctx context.Context, first, last int) error {
	var trunks, rules []string
	for i := first; i < last; i++ {
		trunks = append(trunks, text(map[string]any{"name": Name(i), "numbers": []string{f.e164(i)}}))
	}
	trunkIDs, err := f.Rig.LiveKit.AddInboundTrunks(trunks)
	if err != nil {
		return err
	}
	for i, trunk := range trunkIDs {
		rules = append(rules, text(map[string]any{"name": Name(first + i), "trunkIds": []string{trunk}}))
	}
	ruleIDs, errRules := f.Rig.LiveKit.AddDispatchRules(rules)
	numberIDs, errNumbers := f.seedTwilio(first, last)
	if err := errors.Join(errRules, errNumbers); err != nil {
		return err
	}
	return each(ctx, first, last, func(ctx context.Context, i int) error {
		k := i - first
		for slot, id := range map[string]string{attachment: numberIDs[k], inboundTrunk: trunkIDs[k], dispatchRule: ruleIDs[k]} {
			object := f.external(i, slot)
			object.SetAnnotations(map[string]string{"crossplane.io/external-name": id})
			object.SetFinalizers([]string{"finalizer.managedresource.crossplane.io"})
			if err := f.Rig.Client.Create(ctx, object); err != nil {
				return err
			}
		}
		return nil
	})
}

// SetUpExternals creates the objects of a number that is not set up, and returns when
// all are ready. A peer must run.
func (f *Fleet) SetUpExternals(ctx context.Context, i int) error {
	kinds := []string{attachment, inboundTrunk, dispatchRule}
	for _, kind := range kinds {
		if err := f.Rig.Client.Create(ctx, f.external(i, kind)); err != nil {
			return err
		}
	}
	for _, kind := range kinds {
		if err := f.awaitExternal(ctx, f.external(i, kind)); err != nil {
			return err
		}
	}
	return nil
}

func (f *Fleet) awaitExternal(ctx context.Context, object *unstructured.Unstructured) error {
	for {
		if err := f.Rig.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		conditions, _, _ := unstructured.NestedSlice(object.Object, "status", "conditions") // absent at first
		ready := slices.ContainsFunc(conditions, func(condition any) bool {
			fields, ok := condition.(map[string]any)
			return ok && fields["type"] == "Ready" && fields["status"] == "True"
		})
		if ready {
			return nil
		}
		if err := rig.Pause(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%s did not become ready: %w", object.GetName(), err)
		}
	}
}

func text(object map[string]any) string {
	text, err := json.Marshal(object)
	if err != nil {
		panic(err) // it has nothing that JSON lacks
	}
	return string(text)
}

// Kinds of the peer's objects.
const (
	attachment   = "Attachment"
	inboundTrunk = "InboundTrunk"
	dispatchRule = "DispatchRule"
)

// external is one of the three objects of a number. An attachment is on a trunk of
// Twilio's, and a rule is for the number's inbound trunk.
func (f *Fleet) external(i int, kind string) *unstructured.Unstructured {
	parent := map[string]string{attachment: f.TrunkOf(i), dispatchRule: externalName(i, inboundTrunk)}[kind]
	object := &unstructured.Unstructured{Object: map[string]any{
		"spec": map[string]any{"kind": kind, "number": f.e164(i), "parent": parent, "managementPolicies": []any{"*"}},
	}}
	object.SetGroupVersionKind(externalKind)
	object.SetNamespace(f.Namespace)
	object.SetName(externalName(i, kind))
	return object
}

func externalName(i int, kind string) string { return Name(i) + "-" + strings.ToLower(kind) }

// DeleteExternals asks for all of the peer's objects to be deleted, with one request.
func (f *Fleet) DeleteExternals(ctx context.Context) error {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(externalKind)
	return f.Rig.Client.DeleteAllOf(ctx, object, client.InNamespace(f.Namespace))
}

// AwaitNoExternals returns when the peer has no object left.
func (f *Fleet) AwaitNoExternals(ctx context.Context) error {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(externalKind.GroupVersion().WithKind("ExternalList"))
	for {
		if err := f.Rig.Client.List(ctx, list, client.InNamespace(f.Namespace), client.Limit(1)); err != nil {
			return err
		}
		if len(list.Items) == 0 {
			return nil
		}
		if err := rig.Pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("%s is still there: %w", list.Items[0].Name, err)
		}
	}
}
