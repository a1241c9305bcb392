// Package livekitsim is a LiveKit server's SIP API in memory: inbound trunks,
// outbound trunks and dispatch rules, with the refusals, conflicts, filters and
// pages of livekit-server, which a test holds it against. It is for tests that
// make more calls than a real server takes, and that fork its state: Clone costs
// a copy of three maps.
//
// It has no faults, no clock, no randomness and no network; it routes no calls,
// and knows nothing of Kubernetes, Twilio or the client that talks to it.
package livekitsim
