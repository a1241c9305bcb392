//go:build !failpoints

package main

import (
	"net/http"

	"k8s.io/client-go/rest"
)

// watchWrites does nothing: only a build for tests can die on purpose.
func watchWrites(*rest.Config) {}

// twilioTransport leaves the provider its own transport.
func twilioTransport() http.RoundTripper { return nil }

// liveKitTransport leaves the provider its own transport.
func liveKitTransport() http.RoundTripper { return nil }
