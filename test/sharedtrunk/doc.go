// Package sharedtrunk shows what the real reconcilers make of trunks and the numbers on
// them, with an API server and two providers in memory: across a death at every effect,
// when people want something else in between, and when there are ten thousand. It knows
// neither caches nor faults of providers.
package sharedtrunk
