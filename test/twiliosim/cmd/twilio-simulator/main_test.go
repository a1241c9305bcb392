package main

import (
	"context"
	"testing"
)

func TestRun(t *testing.T) {
	stopped, stop := context.WithCancel(t.Context())
	stop()
	cases := map[string]struct {
		reason string
		listen string
		fails  bool
	}{
		"Stops":   {"an interrupt ends the server without an error", "127.0.0.1:0", false},
		"Address": {"an address that cannot be had is an error", "127.0.0.1:-1", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := run(stopped, options{listen: tc.listen, numbers: "+14155550100", available: "+14155550190", country: "US", seed: 1, faultRate: 0.1})
			if (err != nil) != tc.fails {
				t.Errorf("%s: got %v", tc.reason, err)
			}
		})
	}
}
