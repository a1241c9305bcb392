package twilio

import (
	"strings"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// Termination is the domain of the trunk.
func (p *Provider) Termination() external.Ref {
	return external.Ref{Slot: external.SlotTrunk, Output: OutputDomainName}
}

// Resources lists what a number needs, with a trunk of its own or on a shared one.
func (p *Provider) Resources(number *v1alpha1.PhoneNumber, wiring provider.Wiring) []external.Resource {
	resources := []external.Resource{
		{
			Slot: external.SlotNumber, Kind: KindNumber, Existing: true, Key: number.Spec.Number,
			Purchase: number.Spec.Acquisition == v1alpha1.AcquisitionPurchase,
			Spec:     NumberSpec{E164: number.Spec.Number, TakeOver: number.Spec.Acquisition == v1alpha1.AcquisitionTakeOver},
		},
	}
	if wiring.Shared == nil {
		resources = append(resources, trunk(inboundOf(number.Spec.Inbound), number.Spec.Outbound, wiring)...)
	}
	return ours(append(resources, attachment(number.Spec, wiring)))
}

// TrunkResources lists what a trunk that many numbers share needs.
func (p *Provider) TrunkResources(shared *v1alpha1.SIPTrunk, wiring provider.Wiring) []external.Resource {
	return ours(trunk(shared.Spec.Inbound, shared.Spec.Outbound, wiring))
}

func ours(resources []external.Resource) []external.Resource {
	for i := range resources {
		resources[i].Provider = Name
	}
	return resources
}

// inboundOf is the part of a number's inbound calls that its trunk is concerned with.
func inboundOf(inbound *v1alpha1.Inbound) *v1alpha1.TrunkInbound {
	if inbound == nil {
		return nil
	}
	return &v1alpha1.TrunkInbound{Transport: inbound.Transport, Media: inbound.Media}
}

// trunk is a trunk with all that belongs to it but numbers.
func trunk(inbound *v1alpha1.TrunkInbound, outbound *v1alpha1.Outbound, wiring provider.Wiring) []external.Resource {
	resources := []external.Resource{{Slot: external.SlotTrunk, Kind: KindTrunk, Spec: TrunkSpec{Secure: secure(inbound, outbound)}}}
	if inbound != nil {
		resources = append(resources, originationURL(inbound.Transport, wiring))
	}
	if outbound != nil {
		resources = append(resources, access(outbound, wiring)...)
	}
	return resources
}

// secure is one setting for both directions; the API lets them not differ.
func secure(inbound *v1alpha1.TrunkInbound, outbound *v1alpha1.Outbound) bool {
	return inbound != nil && inbound.Encrypted() || outbound != nil && outbound.Encrypted()
}

func originationURL(transport v1alpha1.Transport, wiring provider.Wiring) external.Resource {
	return external.Resource{
		Slot: external.SlotOriginationURL, Kind: KindOriginationURL, Parent: external.SlotTrunk,
		Spec: OriginationURLSpec{SIPURL: sipURL(wiring.SIPHost, transport)},
	}
}

// sipURL names the transport, since Twilio takes UDP without it. The scheme is
// sip for TLS too: Twilio knows no sips.
func sipURL(host string, transport v1alpha1.Transport) string {
	if transport != v1alpha1.TransportUDP && transport != v1alpha1.TransportTLS {
		transport = v1alpha1.TransportTCP
	}
	return "sip:" + host + ";transport=" + strings.ToLower(string(transport))
}

// access is what the platform proves itself with. The lists exist before they
// are put on the trunk; the links come last.
func access(outbound *v1alpha1.Outbound, wiring provider.Wiring) []external.Resource {
	credentials := []external.Resource{
		{Slot: external.SlotCredentialList, Kind: KindCredentialList, Spec: CredentialListSpec{}},
		{
			Slot: external.SlotCredential, Kind: KindCredential, Parent: external.SlotCredentialList, Key: wiring.Login.Username,
			Spec: CredentialSpec{Username: wiring.Login.Username, Password: wiring.Login.Password},
		},
	}
	credentialLink := link(external.SlotCredentialListLink, KindTrunkCredentialList, external.SlotCredentialList)
	if len(outbound.AllowedAddresses) == 0 {
		return append(credentials, credentialLink)
	}
	list := external.Resource{
		Slot: external.SlotIPAccessList, Kind: KindIPAccessList,
		Spec: IPAccessListSpec{Addresses: outbound.AllowedAddresses},
	}
	addressLink := link(external.SlotIPAccessListLink, KindTrunkIPAccessList, external.SlotIPAccessList)
	return append([]external.Resource{list}, append(credentials, addressLink, credentialLink)...)
}

func link(slot external.Slot, kind string, list external.Slot) external.Resource {
	return external.Resource{
		Slot: slot, Kind: kind, Parent: external.SlotTrunk,
		Inputs:      map[string]external.Ref{InputListSID: {Slot: list, Output: external.OutputID}},
		Association: InputListSID,
	}
}

// attachment puts the number on the trunk, also for outbound calls alone: Twilio
// carries a call only if the number that it shows belongs to the caller. Calls
// to the number begin to flow with it, so it waits for what answers them.
func attachment(spec v1alpha1.PhoneNumberSpec, wiring provider.Wiring) external.Resource {
	resource := external.Resource{
		Slot: external.SlotAttachment, Kind: KindTrunkPhoneNumber, Parent: external.SlotTrunk,
		Inputs:      map[string]external.Ref{InputNumberSID: {Slot: external.SlotNumber, Output: external.OutputID}},
		Association: InputNumberSID,
		Previous:    external.Ref{Slot: external.SlotNumber, Output: OutputHolder},
	}
	if wiring.Shared != nil {
		resource.Parent, resource.Within = "", wiring.Shared.CarrierID
	}
	if spec.Inbound == nil {
		return resource
	}
	if wiring.Shared == nil {
		resource.After = []external.Slot{external.SlotOriginationURL}
	}
	if wiring.Link != "" {
		resource.After = append(resource.After, wiring.Link)
	}
	return resource
}
