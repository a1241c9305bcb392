package provider

import "github.com/callplane/callplane/api/v1alpha1"

// A Set is the providers of a build, by the kind of object that a reference
// names. It is filled in cmd, the one place that knows the concrete ones.
type Set struct {
	Carriers  map[string]Carrier
	Platforms map[string]Platform
}

// Of returns the provider that a connection signs in to, or false for a kind
// that this build does not know.
func (s Set) Of(connection v1alpha1.Connection) (Provider, bool) {
	if carrier, ok := s.Carriers[connection.Kind]; ok {
		return carrier, true
	}
	platform, ok := s.Platforms[connection.Kind]
	return platform, ok
}
