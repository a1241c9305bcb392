package v1alpha1

// Finalizers.
const (
	// FinalizerTeardown is on a PhoneNumber or a SIPTrunk from before the first provider
	// call until everything it made is verified gone.
	FinalizerTeardown = "callplane.io/teardown"
	// FinalizerInUse keeps an account, a project, an agent, or a Secret that one
	// of them names, for as long as a number or a trunk needs it.
	FinalizerInUse = "callplane.io/in-use"
)

// Annotations.
const (
	// AnnotationRetryRequestedAt asks for a retry at once; its value is a new
	// RFC 3339 time.
	AnnotationRetryRequestedAt = "callplane.io/retry-requested-at"
	// AnnotationPaused, when "true", holds a number or a trunk as it is, its deletion
	// included.
	AnnotationPaused = "callplane.io/paused"
	// AnnotationForceDelete, when "true", lets a corrupted number or trunk go without any
	// cleanup. What is left is listed in an OrphanRecord.
	AnnotationForceDelete = "callplane.io/force-delete"
	// AnnotationDeletionProtection, when "true", has the deletion of a number or a
	// trunk refused at admission, unless its namespace is being deleted.
	AnnotationDeletionProtection = "callplane.io/deletion-protection"
	// AnnotationDeleteExternal, when "true" on an OrphanRecord, has deleted at the
	// providers what the record lists.
	AnnotationDeleteExternal = "callplane.io/delete-external"
	// AnnotationAllowCRDDeletion, when "true" on one of our CRDs, lets it be deleted
	// with all objects of its kind.
	AnnotationAllowCRDDeletion = "callplane.io/allow-crd-deletion"
)

// LabelGenerated marks the Secrets that Callplane generated.
const LabelGenerated = "callplane.io/generated"

// Kinds that references name.
const (
	KindPhoneNumber    = "PhoneNumber"
	KindTwilioAccount  = "TwilioAccount"
	KindLiveKitProject = "LiveKitProject"
	KindVoiceAgent     = "VoiceAgent"
	KindSIPTrunk       = "SIPTrunk"
	KindOrphanRecord   = "OrphanRecord"
)
