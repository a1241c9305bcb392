package external

// Slots of a PhoneNumber. They are part of markers and of the ledger: never
// rename one.
const (
	SlotNumber             Slot = "number"
	SlotTrunk              Slot = "trunk"
	SlotOriginationURL     Slot = "orig"
	SlotIPAccessList       Slot = "acl"
	SlotCredentialList     Slot = "creds"
	SlotCredential         Slot = "cred"
	SlotIPAccessListLink   Slot = "acllink"
	SlotCredentialListLink Slot = "crdlink"
	SlotAttachment         Slot = "attach"

	SlotInboundTrunk  Slot = "inbound"
	SlotDispatchRule  Slot = "rule"
	SlotOutboundTrunk Slot = "outbound"
)
