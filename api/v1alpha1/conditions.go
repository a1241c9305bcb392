package v1alpha1

// Condition types of a PhoneNumber and a SIPTrunk. An account, a project and an agent
// have Ready alone.
const (
	// ConditionReady is True while calls to the number reach its agent, and while
	// numbers can share the trunk.
	ConditionReady = "Ready"
	// ConditionCorrupted is True while a cleanup that failed has left something
	// behind at a provider.
	ConditionCorrupted = "Corrupted"
	// ConditionDeleting is present while the object is being deleted: from the beginning of
	// its teardown, or at the latest 20 s after the request if it waits for that.
	ConditionDeleting = "Deleting"
	// ConditionReconciling and ConditionStalled follow kstatus: present only
	// when True.
	ConditionReconciling = "Reconciling"
	ConditionStalled     = "Stalled"
)

// Reasons of Ready on a PhoneNumber or a SIPTrunk, besides the error classes.
const (
	ReasonProvisioning      = "Provisioning"
	ReasonActive            = "Active"
	ReasonDeleting          = "Deleting"
	ReasonNumberInUse       = "NumberInUse"
	ReasonConflict          = "Conflict"
	ReasonNumberLost        = "NumberLost"
	ReasonQuotaExceeded     = "QuotaExceeded"
	ReasonReferenceNotFound = "ReferenceNotFound"
)

// Error classes: why a provider could not be made to do what was asked. They
// are reasons of Ready, Corrupted and Stalled.
const (
	ClassCredentialsMissing   = "CredentialsMissing"
	ClassAuthenticationFailed = "AuthenticationFailed"
	ClassAccountMismatch      = "AccountMismatch"
	ClassPermissionDenied     = "PermissionDenied"
	ClassInvalidConfiguration = "InvalidConfiguration"
	ClassResourceInUse        = "ResourceInUse"
	ClassProviderUnavailable  = "ProviderUnavailable"
	ClassNetworkError         = "NetworkError"
	ClassThrottled            = "Throttled"
	ClassUnknown              = "Unknown"
)

// Reasons of Corrupted=False.
const (
	// ReasonNotCorrupted says that no cleanup has failed.
	ReasonNotCorrupted = "NotCorrupted"
)

// Reasons of Deleting, in the order in which a deletion goes through them.
const (
	ReasonUnlinking      = "Unlinking"
	ReasonTearingDown    = "TearingDown"
	ReasonVerifying      = "Verifying"
	ReasonRetrying       = "Retrying"
	ReasonAwaitingBudget = "AwaitingBudget"
	ReasonCleanupFailed  = "CleanupFailed"
	ReasonBlocked        = "Blocked"
	ReasonPaused         = "Paused"
)

// Reasons of Ready on a TwilioAccount or a LiveKitProject, besides the error
// classes AuthenticationFailed, AccountMismatch and InvalidConfiguration.
const (
	ReasonVerified          = "Verified"
	ReasonSecretNotFound    = "SecretNotFound"
	ReasonSecretTerminating = "SecretTerminating"
	ReasonAccountSuspended  = "AccountSuspended"
	ReasonUnreachable       = "Unreachable"
)

// ReasonAccepted is the reason of Ready on a VoiceAgent that is not being deleted; on
// one that is, it is ReasonDeleting.
const ReasonAccepted = "Accepted"

// Condition types of a PhoneNumberDeletion, besides Reconciling and Stalled.
const (
	// ConditionComplete is True once every number has a result.
	ConditionComplete = "Complete"
	// ConditionFailed is present only when True: nothing could be deleted at all.
	ConditionFailed = "Failed"
)

// Reasons of Complete and Failed on a PhoneNumberDeletion.
const (
	ReasonInProgress          = "InProgress"
	ReasonAllDeleted          = "AllDeleted"
	ReasonCompletedWithErrors = "CompletedWithErrors"
	// ReasonTooManyMatches says that the selector picks more than MaxPhoneNumbers.
	ReasonTooManyMatches = "TooManyMatches"
	// ReasonInvalidSelector says that the selector cannot be read.
	ReasonInvalidSelector = "InvalidSelector"
)

// Reasons of an OrphanRecord.
const (
	// ReasonRetained resources were to stay: the deletion policy says so.
	ReasonRetained = "Retained"
	// ReasonForceDeleted resources were given up.
	ReasonForceDeleted = "ForceDeleted"
	// ReasonSwept resources were found without an object that stands for them.
	ReasonSwept = "Swept"
)

// Reasons of events besides those of Ready and Corrupted, and ForceDeleted.
const (
	// ReasonDeleted ends a deletion.
	ReasonDeleted = "Deleted"
	// ReasonLeftAlone says who uses what was not deleted.
	ReasonLeftAlone = "LeftAlone"
	// ReasonTookOver lists what an earlier object of the name had left.
	ReasonTookOver = "TookOver"
	// ReasonForceDeleteWaits says that what is left could not be recorded yet.
	ReasonForceDeleteWaits = "ForceDeleteWaits"
	// ReasonForceDeleteRefused says why the annotation callplane.io/force-delete was
	// taken off again.
	ReasonForceDeleteRefused = "ForceDeleteRefused"
	// ReasonDeleteExternalRefused says why the annotation callplane.io/delete-external
	// was taken off again.
	ReasonDeleteExternalRefused = "DeleteExternalRefused"
	// ReasonOrphansGone says that nothing is left of what a record listed.
	ReasonOrphansGone = "OrphansGone"
)
