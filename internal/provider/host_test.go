package provider

import (
	"net/url"
	"testing"
)

func TestHost(t *testing.T) {
	for address, c := range map[string]struct{ reason, want string }{
		"wss://Project.LiveKit.cloud":     {"hosts have no case", "project.livekit.cloud"},
		"wss://project.livekit.cloud:443": {"the scheme's own port says nothing", "project.livekit.cloud"},
		"ws://localhost:80":               {"nor does it of a plain one", "localhost"},
		"ws://localhost:443":              {"that of another scheme does", "localhost:443"},
		"https://[2001:db8::443]:443":     {"an address may end like a port", "[2001:db8::443]"},
		"https://[2001:db8::443]":         {"and is none", "[2001:db8::443]"},
		"foo://host:443":                  {"of what is refused anyway nothing is known", "host:443"},
	} {
		parsed, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := Host(parsed); got != c.want {
			t.Errorf("%s leads to %s, want %s: %s", address, got, c.want, c.reason)
		}
	}
}
