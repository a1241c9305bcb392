package provider

import (
	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// A Set is the providers of a build, by the kind of object that a reference
// names. It is filled in cmd, the one place that knows the concrete ones.
type Set struct {
	Carriers  map[string]Carrier
	Platforms map[string]Platform
}

// Everything is what any number may have anywhere, at each provider in the order in
// which it is made.
func (s Set) Everything() []external.Resource {
	var everything []external.Resource
	for _, carrier := range s.Carriers {
		everything = append(everything, EverythingAt(carrier)...)
	}
	for _, platform := range s.Platforms {
		everything = append(everything, EverythingAt(platform)...)
	}
	return everything
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
