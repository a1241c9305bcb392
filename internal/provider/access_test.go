package provider

import (
	"strings"
	"testing"
)

func TestFingerprint(t *testing.T) {
	owner := map[string][]byte{"apiKey": []byte("k"), "apiSecret": []byte("canary")}
	cases := map[string]struct {
		reason string
		other  map[string][]byte
		same   bool
	}{
		"Owner":    {reason: "the order is of no matter", other: map[string][]byte{"apiSecret": []byte("canary"), "apiKey": []byte("k")}, same: true},
		"Stranger": {reason: "another secret is another", other: map[string][]byte{"apiKey": []byte("k"), "apiSecret": []byte("guess")}},
		"Shifted": {
			reason: "what is a key and what a value is no matter of where one ends",
			other:  map[string][]byte{"apiKey": []byte(`k";"apiSecret"="canary`)},
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Fingerprint(tc.other) == Fingerprint(owner); got != tc.same {
				t.Errorf("the same: %v, want %v: %s", got, tc.same, tc.reason)
			}
		})
	}
	if strings.Contains(Fingerprint(owner), "canary") {
		t.Error("the fingerprint shows the credentials")
	}
}
