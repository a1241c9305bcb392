//go:build failpoints

package main

import (
	"net/http"
	"os"

	"k8s.io/client-go/rest"

	"github.com/callplane/callplane/internal/failpoint"
)

// watchWrites lets the process die at a write to the API server.
func watchWrites(config *rest.Config) {
	config.Wrap(func(base http.RoundTripper) http.RoundTripper { return withFailpoints(base, failpoint.API) })
}

// twilioTransport lets the process die at a call of Twilio.
func twilioTransport() http.RoundTripper {
	return withFailpoints(http.DefaultTransport, failpoint.Twilio)
}

// liveKitTransport lets the process die at a call of LiveKit.
func liveKitTransport() http.RoundTripper {
	return withFailpoints(http.DefaultTransport, failpoint.LiveKit)
}

func withFailpoints(base http.RoundTripper, naming failpoint.Naming) http.RoundTripper {
	return failpoint.New(os.Getenv(failpoint.Variable), base, naming)
}
