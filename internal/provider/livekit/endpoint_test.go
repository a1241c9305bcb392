package livekit

import (
	"testing"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

func TestHost(t *testing.T) {
	allowed := []string{"*.livekit.cloud", "livekit.example.com:7880", "http://localhost:7880", "http://[::1]:7880", "https://[2001:db8::443]", "HTTPS://Sip.Example.com"}
	cases := []struct {
		reason, url, want string
	}{
		{"the form that LiveKit's dashboard shows", "wss://callplane.livekit.cloud", "callplane.livekit.cloud"},
		{"https and a trailing slash mean the same", " https://callplane.livekit.cloud/ ", "callplane.livekit.cloud"},
		{"hosts have no case", "WSS://CallPlane.LiveKit.cloud", "callplane.livekit.cloud"},
		{"the scheme's own port says nothing", "wss://callplane.livekit.cloud:443", "callplane.livekit.cloud"},
		{"an entry with a port allows that port", "https://livekit.example.com:7880", "livekit.example.com:7880"},
		{"entries have no case either", "https://sip.example.com", "sip.example.com"},
		{"plain HTTP where an entry allows it", "ws://localhost:7880", "localhost:7880"},
		{"such an entry allows https too", "wss://localhost:7880", "localhost:7880"},
		{"an IPv6 address", "http://[::1]:7880", "[::1]:7880"},
		{"an IPv6 address with the scheme's own port", "https://[2001:db8::443]:443", "[2001:db8::443]"},
		{"another port than the entry's", "https://livekit.example.com", ""},
		{"another port than the default", "https://callplane.livekit.cloud:8443", ""},
		{"the domain itself is not below it", "https://livekit.cloud", ""},
		{"a domain that merely ends alike", "https://evil-livekit.cloud", ""},
		{"plain HTTP to a host that needs https", "ws://callplane.livekit.cloud", ""},
		{"a host that is not on the list", "https://169.254.169.254", ""},
		{"user information could hide the real host", "https://callplane.livekit.cloud@evil.example", ""},
		{"user information is refused even before a good host", "https://me:secret@callplane.livekit.cloud", ""},
		{"a path is not part of a host", "https://callplane.livekit.cloud/twirp", ""},
		{"nor is a query", "https://callplane.livekit.cloud?x=y", ""},
		{"another scheme", "ftp://callplane.livekit.cloud", ""},
		{"a scheme that begins like ws", "wsx://callplane.livekit.cloud", ""},
		{"no scheme", "callplane.livekit.cloud", ""},
		{"no host", "https://", ""},
		{"nothing", "", ""},
		{"characters that no host has", "https://evil.example%00.livekit.cloud", ""},
	}
	p := New(Options{AllowedHosts: allowed})
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			got, err := p.Host(c.url)
			if c.want == "" {
				wantClass(t, err, external.InvalidConfiguration)
				wantNone(t, err, "secret")
				return
			}
			if err != nil || got != c.want {
				t.Fatalf("got %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

func TestConnectRefuses(t *testing.T) {
	good := map[string][]byte{keyAPIKey: []byte("APIkey"), keyAPISecret: []byte("canarysecret")}
	with := func(key, value string) map[string][]byte {
		changed := map[string][]byte{keyAPIKey: good[keyAPIKey], keyAPISecret: good[keyAPISecret]}
		changed[key] = []byte(value)
		return changed
	}
	const url, host = "wss://a.livekit.cloud", "a.livekit.cloud"
	cases := []struct {
		reason string
		access provider.Access
		want   external.Class
		says   string
	}{
		{"white space around is trimmed", provider.Access{URL: url, Account: host, Credentials: with(keyAPISecret, " canarysecret\n")}, "", ""},
		{"a missing key is named", provider.Access{URL: url, Account: host, Credentials: map[string][]byte{keyAPIKey: []byte("APIkey")}}, external.CredentialsMissing, keyAPISecret},
		{"a blank one is missing", provider.Access{URL: url, Account: host, Credentials: with(keyAPIKey, " \n")}, external.CredentialsMissing, keyAPIKey},
		{"white space inside is a paste error", provider.Access{URL: url, Account: host, Credentials: with(keyAPISecret, "canary secret")}, external.InvalidConfiguration, keyAPISecret},
		{"so are control characters", provider.Access{URL: url, Account: host, Credentials: with(keyAPISecret, "canary\x00secret")}, external.InvalidConfiguration, keyAPISecret},
		{"resources are never looked for at another host", provider.Access{URL: url, Account: "b.livekit.cloud", Credentials: good}, external.AccountMismatch, "b.livekit.cloud"},
		{"a host that is not allowed", provider.Access{URL: "https://evil.example", Account: "evil.example", Credentials: good}, external.InvalidConfiguration, "evil.example"},
	}
	p := New(Options{})
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			opened, err := p.Connect(testContext(t), c.access)
			if c.want == "" {
				if err != nil || opened.Account() != host {
					t.Fatalf("got %v, %v", opened, err)
				}
				return
			}
			wantClass(t, err, c.want)
			wantSays(t, err, c.says)
			wantNone(t, err, "canary")
		})
	}
}
