// Package explore checks completely what Callplane promises: it runs the real
// reconcilers against an API server and two providers in memory, from every state
// that they can be left in, with every fault at every effect, with every view that
// a cache may lag behind by, and with everything that people and providers may do
// in between, until no new state appears. It decides what is a state, which faults
// there are and what must hold. It does not know how the reconcilers do their work.
package explore
