package advice

import "github.com/callplane/callplane/api/v1alpha1"

// cures say what helps, by the reason of Ready, Corrupted or Stalled. They are parts of
// sentences. docs/conditions.md and docs/cleanup.md say more.
var cures = map[string]string{
	v1alpha1.ReasonNumberInUse:       "free the number in Twilio, use acquisition TakeOver, or delete the PhoneNumber that has it; the message names the holder",
	v1alpha1.ReasonConflict:          "another PhoneNumber has this number, and the message names it; delete one of the two",
	v1alpha1.ReasonNumberLost:        "get the number back at Twilio, or delete the object and create one of another name; it is not bought a second time by itself",
	v1alpha1.ReasonQuotaExceeded:     "delete what the account does not need, have its limit raised, or let numbers share a SIPTrunk",
	v1alpha1.ReasonReferenceNotFound: "create what the message names, or correct its name in the spec",

	v1alpha1.ClassCredentialsMissing:   "create the account, the project, its Secret or the missing key again, under the same name and for the same account",
	v1alpha1.ClassAuthenticationFailed: "put good credentials into the Secret; the change is noticed at once",
	v1alpha1.ClassAccountMismatch:      "put the credentials of the account that holds the resources into the Secret",
	v1alpha1.ClassPermissionDenied:     "give the credentials the permission, use others, or settle it with the provider if the account is suspended",
	v1alpha1.ClassInvalidConfiguration: "correct what the message names",
	v1alpha1.ClassResourceInUse:        "end the other use, give the resource its name back, or remove it by hand",
	v1alpha1.ClassProviderUnavailable:  "wait, it is tried again by itself; see the provider's status page",
	v1alpha1.ClassNetworkError:         "check DNS, egress rules and proxies of the manager's namespace",
	v1alpha1.ClassThrottled:            "wait, or lower maxConcurrentRequests of the account or maxRequestsPerMinute of the project",
	v1alpha1.ClassUnknown:              "look into the log of the manager",

	v1alpha1.ReasonSecretNotFound:    "create the Secret that credentialsSecretRef names, with the keys that the message names",
	v1alpha1.ReasonSecretTerminating: "name another Secret in credentialsSecretRef; the old one goes once nothing needs it",
	v1alpha1.ReasonAccountSuspended:  "settle it with the provider, or use credentials that may read the account",
	v1alpha1.ReasonUnreachable:       "check DNS, egress rules and proxies of the manager's namespace; the provider could not be asked yet",
}

// Cure says what helps against a reason. It is a part of a sentence.
func Cure(reason string) string {
	if cure, ok := cures[reason]; ok {
		return cure
	}
	return "see " + conditionsPage
}
