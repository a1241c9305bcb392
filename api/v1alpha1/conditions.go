package v1alpha1

// Conditions of a PhoneNumber and a SIPTrunk. An account, a project and an agent have
// Ready alone.
const (
	// ConditionReady is True while calls to the number reach its agent, and while
	// numbers can share the trunk.
	ConditionReady = "Ready"
	// ConditionCorrupted is True while a cleanup that failed has left something
	// behind at a provider.
	ConditionCorrupted = "Corrupted"
	// ConditionDeleting is present while the object is being deleted: from the beginning of
	// its teardown, or if it waits for that 10 to 20 s after the request, and later where
	// more than 200 wait.
	ConditionDeleting = "Deleting"
	// ConditionReconciling is present, and True, while Callplane works on the object and
	// goes on by itself, as kstatus has it.
	ConditionReconciling = "Reconciling"
	// ConditionStalled is present, and True, while it does not get better until somebody
	// changes something, as kstatus has it.
	ConditionStalled = "Stalled"
)

// Reasons of Ready on a PhoneNumber or a SIPTrunk. There are the error classes, too.
const (
	// ReasonProvisioning means that it is being set up, or waits for its account to be
	// verified or for a provider's list to be complete.
	ReasonProvisioning = "Provisioning"
	// ReasonActive means that all is set up as asked for.
	ReasonActive = "Active"
	// ReasonDeleting means that it is being deleted: the condition Deleting says more.
	ReasonDeleting = "Deleting"
	// ReasonNumberInUse means that the number is on another trunk, or has a voice
	// application of its own.
	ReasonNumberInUse = "NumberInUse"
	// ReasonConflict means that another PhoneNumber names this number in the same account
	// or project, and was there first.
	ReasonConflict = "Conflict"
	// ReasonNumberLost means that the number was in the account and no longer is.
	ReasonNumberLost = "NumberLost"
	// ReasonQuotaExceeded means that the account holds as many resources of a kind as it
	// may.
	ReasonQuotaExceeded = "QuotaExceeded"
	// ReasonReferenceNotFound means that something does not exist, or is being deleted,
	// that the spec names.
	ReasonReferenceNotFound = "ReferenceNotFound"
)

// Error classes. They say why a provider could not be made to do what was asked, and are
// reasons of Ready, Corrupted and Stalled. If several things fail, the first one in this
// list speaks for all.
const (
	// ClassCredentialsMissing means that the account, the project, its Secret or a key in
	// it is missing.
	ClassCredentialsMissing = "CredentialsMissing"
	// ClassAuthenticationFailed means that the provider refused the credentials.
	ClassAuthenticationFailed = "AuthenticationFailed"
	// ClassAccountMismatch means that the credentials belong to another account.
	ClassAccountMismatch = "AccountMismatch"
	// ClassPermissionDenied means that the credentials may not do this, or that the
	// account is suspended.
	ClassPermissionDenied = "PermissionDenied"
	// ClassInvalidConfiguration means that a value cannot be used.
	ClassInvalidConfiguration = "InvalidConfiguration"
	// ClassResourceInUse means that others use the resource, or that it was renamed.
	ClassResourceInUse = "ResourceInUse"
	// ClassProviderUnavailable means that the provider has trouble of its own. It may pass.
	ClassProviderUnavailable = "ProviderUnavailable"
	// ClassNetworkError means that the provider cannot be reached. It may pass.
	ClassNetworkError = "NetworkError"
	// ClassThrottled means that there were too many requests. It may pass.
	ClassThrottled = "Throttled"
	// ClassUnknown is none of these; the manager's log says more. It may pass.
	ClassUnknown = "Unknown"
)

// Reasons of Corrupted. While it is True they are the error classes.
const (
	// ReasonNotCorrupted means that no cleanup has failed.
	ReasonNotCorrupted = "NotCorrupted"
)

// Reasons of Deleting. A deletion goes through them in about this order.
const (
	// ReasonUnlinking means that the deletion has begun, and that the agent is unlinked.
	ReasonUnlinking = "Unlinking"
	// ReasonTearingDown means that the rest is being deleted at the providers.
	ReasonTearingDown = "TearingDown"
	// ReasonVerifying means that everything asked for is done, and that a provider's list
	// is awaited that proves it.
	ReasonVerifying = "Verifying"
	// ReasonRetrying means that something failed that may pass by itself, or that a turn
	// among the requests to the provider is awaited.
	ReasonRetrying = "Retrying"
	// ReasonAwaitingBudget means that a turn is awaited; until then nothing is touched, and
	// calls are taken.
	ReasonAwaitingBudget = "AwaitingBudget"
	// ReasonCleanupFailed means that the object is Corrupted.
	ReasonCleanupFailed = "CleanupFailed"
	// ReasonBlocked means that finalizers of others are on the object, or numbers on the
	// trunk.
	ReasonBlocked = "Blocked"
	// ReasonPaused means that the annotation callplane.io/paused holds the deletion.
	ReasonPaused = "Paused"
)

// Reasons of Ready on a TwilioAccount or a LiveKitProject. There are the error classes
// AuthenticationFailed, AccountMismatch and InvalidConfiguration, too.
const (
	// ReasonVerified means that the credentials are accepted and belong to the account.
	ReasonVerified = "Verified"
	// ReasonSecretNotFound means that the Secret, or a key in it, does not exist.
	ReasonSecretNotFound = "SecretNotFound"
	// ReasonSecretTerminating means that the Secret is being deleted; it is kept until no
	// number or trunk needs it.
	ReasonSecretTerminating = "SecretTerminating"
	// ReasonAccountSuspended means that the account is suspended or closed, or that the
	// credentials may not read it.
	ReasonAccountSuspended = "AccountSuspended"
	// ReasonUnreachable means that the provider could not be asked yet.
	ReasonUnreachable = "Unreachable"
)

// Reasons of Ready on a VoiceAgent. On one that is being deleted it is Deleting.
const (
	// ReasonAccepted means that numbers can be linked to it.
	ReasonAccepted = "Accepted"
)

// Conditions of a PhoneNumberDeletion. There are Reconciling and Stalled, too.
const (
	// ConditionComplete is True once every number has a result.
	ConditionComplete = "Complete"
	// ConditionFailed is present only when True: nothing could be deleted at all.
	ConditionFailed = "Failed"
)

// Reasons of Complete and Failed on a PhoneNumberDeletion.
const (
	// ReasonInProgress means that numbers remain.
	ReasonInProgress = "InProgress"
	// ReasonAllDeleted means that all are gone, or would be, or that none was picked.
	ReasonAllDeleted = "AllDeleted"
	// ReasonCompletedWithErrors means that every number has a result, and some an error.
	ReasonCompletedWithErrors = "CompletedWithErrors"
	// ReasonTooManyMatches means that the selector picks more than 1,000 numbers.
	ReasonTooManyMatches = "TooManyMatches"
	// ReasonInvalidSelector means that the selector cannot be read.
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

// Events. There are those of the reasons of Ready, Corrupted, Complete and Failed, of
// ForceDeleted and of Swept, too.
const (
	// ReasonDeleted ends a deletion: nothing is left that was not meant to be.
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
