package phonenumber

import (
	"context"
	"fmt"
	"slices"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/lifecycle"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/usage"
)

// trunk is the SIPTrunk that the number is to be on, which must be fit for it; nil for
// a trunk of its own.
func (v *visit) trunk(ctx context.Context) (*v1alpha1.SIPTrunk, error) {
	trunk, err := v.trunkOf(ctx, v.number)
	if apierrors.IsNotFound(err) {
		return nil, lifecycle.NotFound("the SIPTrunk %q does not exist in this namespace", usage.Trunk(v.number))
	}
	if err != nil || trunk == nil {
		return nil, err
	}
	if err := v.fits(trunk); err != nil {
		return nil, err
	}
	return trunk, v.usableTrunk(trunk)
}

// trunkOf reads the SIPTrunk that a number names; nil for a trunk of its own.
func (v *visit) trunkOf(ctx context.Context, number *v1alpha1.PhoneNumber) (*v1alpha1.SIPTrunk, error) {
	name := usage.Trunk(number)
	if name == "" {
		return nil, nil
	}
	var trunk v1alpha1.SIPTrunk
	if err := v.Client.Get(ctx, types.NamespacedName{Namespace: number.Namespace, Name: name}, &trunk); err != nil {
		return nil, err
	}
	return &trunk, nil
}

// fits refuses what cannot work, or would need the number to leave its account.
func (v *visit) fits(trunk *v1alpha1.SIPTrunk) error {
	spec := v.number.Spec
	switch {
	case trunk.Spec.PlatformRef != spec.PlatformRef:
		return misfit("platformRef is %q, and that of the SIPTrunk %q is %q: they must be the same", spec.PlatformRef.Name, trunk.Name, trunk.Spec.PlatformRef.Name)
	case spec.Inbound != nil && trunk.Spec.Inbound == nil:
		return misfit("the SIPTrunk %q has no inbound, so no call would reach the number: set it there, or remove it here", trunk.Name)
	case spec.Outbound != nil && trunk.Spec.Outbound == nil:
		return misfit("the SIPTrunk %q has no outbound, so the number could make no calls: set it there, or remove it here", trunk.Name)
	case spec.Inbound != nil && spec.Inbound.Encrypted() != trunk.Spec.Inbound.Encrypted():
		return misfit("inbound.mediaEncryption is %s, and that of the SIPTrunk %q is %s: both must be Require, or neither", spec.Inbound.MediaEncryption, trunk.Name, trunk.Spec.Inbound.MediaEncryption)
	case spec.Inbound != nil && !comesOver(spec.Inbound.Transport, trunk.Spec.Inbound.Transport):
		return misfit("inbound.transport is %s, and calls come to the SIPTrunk %q over %s: set that, or leave it out", spec.Inbound.Transport, trunk.Name, trunk.Spec.Inbound.Transport)
	case trunk.Spec.Address != nil && (spec.Acquisition != v1alpha1.AcquisitionExisting || spec.DeletionPolicy == v1alpha1.DeletionPolicyRelease):
		return misfit("the SIPTrunk %q is at a carrier of your own, where numbers are neither bought, taken over nor released: use acquisition Existing and deletionPolicy Teardown or Retain", trunk.Name)
	case !v.stays(trunk):
		return misfit("the number cannot move to the SIPTrunk %q, which is in another account: change carrierRef back, or delete the PhoneNumber and create it again", trunk.Name)
	}
	return nil
}

// stays reports whether the number would be in the account that it is in, if any.
func (v *visit) stays(trunk *v1alpha1.SIPTrunk) bool {
	own := v.number.Status.ExternalResources
	adopted, atCarrier := ledger.Find(own, external.SlotNumber)
	carrier, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotTrunk)
	switch {
	case len(own) == 0:
		return true
	case trunk.Spec.Address != nil || !atCarrier:
		return trunk.Spec.Address != nil && !atCarrier
	}
	return carrier.ID == "" || carrier.Account == adopted.Account
}

// comesOver lets what is wanted by default be whatever the trunk has.
func comesOver(wanted, trunks v1alpha1.Transport) bool {
	return wanted == trunks || wanted == v1alpha1.TransportTCP || wanted == ""
}

func misfit(format string, args ...any) error {
	return &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf(format, args...)}
}

// usableTrunk lets a number stay where it is whatever becomes of the trunk, and come
// only to one that works and goes on.
func (v *visit) usableTrunk(trunk *v1alpha1.SIPTrunk) error {
	ready := meta.FindStatusCondition(trunk.Status.Conditions, v1alpha1.ConditionReady)
	switch {
	case v.isOn(trunk):
		return nil
	case !trunk.DeletionTimestamp.IsZero():
		return lifecycle.NotFound("the SIPTrunk %q is being deleted", trunk.Name)
	case ready == nil, ready.Reason == v1alpha1.ReasonProvisioning:
		return lifecycle.Waiting("waiting until the SIPTrunk %q is set up", trunk.Name)
	case ready.Reason != v1alpha1.ReasonActive:
		return &external.Error{Class: external.Class(ready.Reason), Message: fmt.Sprintf("the SIPTrunk %q is not ready: %s", trunk.Name, ready.Message)}
	}
	return nil
}

// isOn reports whether the ledger says that the number uses a trunk. Of one at a carrier
// of one's own it uses the list of its calls alone: without any, nothing tells.
func (v *visit) isOn(trunk *v1alpha1.SIPTrunk) bool {
	if trunk.Spec.Address != nil {
		place, placed := ledger.Find(v.number.Status.ExternalResources, external.SlotOutboundTrunk)
		list, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotOutboundTrunk)
		return len(v.number.Status.ExternalResources) > 0 && (!placed || place.ParentID == list.ID)
	}
	attachment, recorded := ledger.Find(v.number.Status.ExternalResources, external.SlotAttachment)
	carrier, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotTrunk)
	return recorded && carrier.ID != "" && attachment.ParentID == carrier.ID
}

// references are the connections that a number needs: its own, and that of its trunk.
func references(number *v1alpha1.PhoneNumber, trunk *v1alpha1.SIPTrunk) []v1alpha1.Connection {
	if trunk == nil || trunk.Spec.Twilio == nil {
		return usage.References(number)
	}
	return append(usage.References(trunk)[:1:1], usage.References(number)...)
}

// carrier is where the number is; nil at a carrier of one's own.
func (v *visit) carrier(trunk *v1alpha1.SIPTrunk) provider.Carrier {
	switch {
	case trunk == nil:
		return v.Providers.Carriers[v.number.Spec.CarrierRef.Kind]
	case trunk.Spec.Twilio != nil:
		return v.Providers.Carriers[v1alpha1.KindTwilioAccount]
	}
	return nil
}

func shared(trunk *v1alpha1.SIPTrunk) *provider.SharedTrunk {
	if trunk == nil {
		return nil
	}
	carrier, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotTrunk)
	outbound, _ := ledger.Find(trunk.Status.ExternalResources, external.SlotOutboundTrunk)
	return &provider.SharedTrunk{CarrierID: carrier.ID, OutboundID: outbound.ID}
}

// awaits says which SIPTrunk is to take the number off its outbound trunk: the list is
// its own. Without it the number takes itself off.
func (v *visit) awaits(ctx context.Context, entry ledger.Entry) (string, error) {
	if entry.Slot != string(external.SlotOutboundTrunk) || entry.ParentID == "" {
		return "", nil
	}
	for _, reader := range []client.Reader{v.Client, v.Direct} { // a cache may not show the trunk's record yet
		trunk, err := v.lister(ctx, reader, []string{entry.ParentID, entry.Previous})
		if err != nil {
			return "", err
		}
		if trunk != nil {
			return waitsFor(trunk, entry.ID), nil
		}
	}
	return "", nil
}

// lister is the SIPTrunk that an outbound trunk is of; nil for none.
func (v *visit) lister(ctx context.Context, reader client.Reader, ids []string) (*v1alpha1.SIPTrunk, error) {
	var trunks v1alpha1.SIPTrunkList
	if err := reader.List(ctx, &trunks, client.InNamespace(v.number.Namespace), usage.AsItIs); err != nil {
		return nil, err
	}
	for i := range trunks.Items {
		if slices.ContainsFunc(ledger.IDs(trunks.Items[i].Status.ExternalResources), func(id string) bool { return slices.Contains(ids, id) }) {
			return &trunks.Items[i], nil
		}
	}
	return nil, nil
}

// waitsFor says what keeps the trunk from acting, too.
func waitsFor(trunk *v1alpha1.SIPTrunk, number string) string {
	message := fmt.Sprintf("waiting until the SIPTrunk %q makes no more calls from %s", trunk.Name, number)
	ready := meta.FindStatusCondition(trunk.Status.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Status == metav1.ConditionFalse && ready.Reason != v1alpha1.ReasonDeleting {
		message += "; it is not ready: " + ready.Message
	}
	return message
}
