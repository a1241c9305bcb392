// Package twiliosim is a stateful stand-in for the two Twilio APIs behind an Elastic SIP Trunk: trunking (/v1/Trunks) and the
// account API (/2010-04-01/Accounts/...), both served by one http.Handler.
//
// It promises the paths, status codes, error codes, body shapes, uniqueness rules, quotas and side effects that Twilio documents
// for trunks, origination URLs, SIP credential lists, IP access control lists and incoming phone numbers, and on request the
// failures of a real network: limits, delays, resets, lost answers, broken bodies and lists that lag. Where Twilio's behaviour is
// not established, a field of Settings chooses it.
//
// It carries no calls, and knows nothing of Kubernetes, LiveKit or the client that talks to it.
package twiliosim
