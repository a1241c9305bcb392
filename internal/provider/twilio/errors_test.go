package twilio

import (
	"errors"
	"testing"

	"github.com/twilio/twilio-go/client"

	"github.com/callplane/callplane/internal/external"
)

var refusals = []struct {
	reason       string
	status, code int
	want         external.Class
}{
	{"too many at once was never processed", 429, 20429, external.Throttled},
	{"the status of a 429 says all", 429, 0, external.Throttled},
	{"a server error passes", 500, 20500, external.ProviderUnavailable},
	{"a gateway's page passes", 502, 0, external.ProviderUnavailable},
	{"maintenance passes", 503, 20503, external.ProviderUnavailable},
	{"a gateway's patience passes", 504, 0, external.ProviderUnavailable},
	{"a server error is one whatever its code", 500, 20003, external.ProviderUnavailable},
	{"Twilio redirects nowhere", 302, 0, external.ProviderUnavailable},
	{"wrong credentials", 401, 20003, external.AuthenticationFailed},
	{"wrong credentials, with another status", 403, 20003, external.AuthenticationFailed},
	{"a 401 needs no code", 401, 0, external.AuthenticationFailed},
	{"a suspended account", 403, 20403, external.PermissionDenied},
	{"an account that is not active", 403, 20005, external.PermissionDenied},
	{"an account that is not active, with 401", 401, 10001, external.PermissionDenied},
	{"a restricted key", 403, 70051, external.PermissionDenied},
	{"access denied", 400, 20006, external.PermissionDenied},
	{"test credentials", 403, 20008, external.PermissionDenied},
	{"a 403 needs no code", 403, 0, external.PermissionDenied},
	{"not found", 404, 20404, external.NotFound},
	{"not found, with an empty body", 404, 0, external.NotFound},
	{"another change is under way", 409, 20409, external.ProviderUnavailable},
	{"a change is in conflict", 400, 20162, external.ProviderUnavailable},
	{"a conflict needs no code", 409, 0, external.ProviderUnavailable},
	{"addresses on a list", 400, 21237, external.QuotaExceeded},
	{"credential lists", 400, 21239, external.QuotaExceeded},
	{"credentials in a list", 400, 21242, external.QuotaExceeded},
	{"trunks", 400, 21244, external.QuotaExceeded},
	{"origination URLs", 400, 21249, external.QuotaExceeded},
	{"IP access control lists", 400, 21255, external.QuotaExceeded},
	{"an IP access control list on a trunk", 400, 21236, external.ResourceInUse},
	{"a credential list on a trunk", 400, 21241, external.ResourceInUse},
	{"a trunk with subdomains", 400, 21247, external.ResourceInUse},
	{"a number for emergencies", 400, 21634, external.ResourceInUse},
	{"a parameter", 400, 20001, external.InvalidConfiguration},
	{"a password too short", 400, 21240, external.InvalidConfiguration},
	{"an address", 400, 21235, external.InvalidConfiguration},
	{"a list on a trunk", 400, 21245, external.InvalidConfiguration},
	{"a 400 needs no code", 400, 0, external.InvalidConfiguration},
	{"semantics", 422, 20422, external.InvalidConfiguration},
	{"the next name is another one", 400, 21248, external.Unknown},
	{"no rule for it", 418, 0, external.Unknown},
}

func TestWhatARefusalMeans(t *testing.T) {
	for _, tc := range refusals {
		if got := judge(tc.status, tc.code).class; got != tc.want {
			t.Errorf("%s: %d/%d is %s, want %s", tc.reason, tc.status, tc.code, got, tc.want)
		}
	}
}

func TestLocalRefusals(t *testing.T) {
	for _, code := range []int{21222, 21224} {
		err := classify(&client.TwilioRestError{Status: 400, Code: code})
		wantClass(t, "Twilio's client sends nothing then", err, external.InvalidConfiguration)
	}
	wantClass(t, "an answer that cannot be decoded is not Twilio's", classify(errors.New("EOF")), external.ProviderUnavailable)
}
