package fuzz

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/twilio"
)

const (
	authToken   = "canary00authtoken00canary00token"
	sipPassword = "Canary00SIPpassword00canary"
	marker      = "cp-abcdef-7d4bbd34-5d07-4c0b-9c1d-0123456789ab-89abcdef-slot"
)

func sid(prefix string) string { return prefix + strings.Repeat("0a", 16) }

var accountSID = sid("AC")

// A subject is a kind with a call that is complete.
type subject struct {
	kind string
	call external.Call
}

func twilioSubjects() []subject {
	list := map[string]string{twilio.InputListSID: sid("CL")}
	return []subject{
		{twilio.KindNumber, external.Call{ID: sid("PN"), Spec: twilio.NumberSpec{E164: "+14155550100"}}},
		{twilio.KindTrunk, external.Call{ID: sid("TK"), Spec: twilio.TrunkSpec{Secure: true}}},
		{twilio.KindOriginationURL, external.Call{ID: sid("OU"), ParentID: sid("TK"), Spec: twilio.OriginationURLSpec{SIPURL: "sip:example.com;transport=tcp"}}},
		{twilio.KindIPAccessList, external.Call{ID: sid("AL"), Spec: twilio.IPAccessListSpec{Addresses: []string{"192.0.2.1", "198.51.100.0/24"}}}},
		{twilio.KindCredentialList, external.Call{ID: sid("CL"), Spec: twilio.CredentialListSpec{}}},
		{twilio.KindCredential, external.Call{ID: sid("CR"), ParentID: sid("CL"), Spec: twilio.CredentialSpec{Username: "user", Password: external.NewSecret(sipPassword)}}},
		{twilio.KindTrunkCredentialList, external.Call{ID: sid("CL"), ParentID: sid("TK"), Inputs: list}},
		{twilio.KindTrunkIPAccessList, external.Call{ID: sid("AL"), ParentID: sid("TK"), Inputs: map[string]string{twilio.InputListSID: sid("AL")}}},
		{twilio.KindTrunkPhoneNumber, external.Call{ID: sid("PN"), ParentID: sid("TK"), Inputs: map[string]string{twilio.InputNumberSID: sid("PN")}}},
	}
}

// twilioRecord is what any of Twilio's resources may hold.
func twilioRecord(prefix string) map[string]any {
	return map[string]any{
		"sid": sid(prefix), "account_sid": accountSID, "friendly_name": marker, "trunk_sid": sid("TK"),
		"phone_number": "+14155550100", "sip_url": "sip:example.com;transport=tcp", "username": "user",
		"ip_address": "192.0.2.1", "cidr_prefix_length": 32, "domain_name": "x.pstn.twilio.com", "secure": true,
		"weight": 1, "priority": 1, "enabled": true, "voice_application_sid": nil,
	}
}

// twilioLists is a page of every list at once.
func twilioLists() map[string]any {
	lists := map[string]any{"meta": map[string]any{"key": "trunks"}}
	for collection, prefix := range map[string]string{
		"trunks": "TK", "origination_urls": "OU", "ip_access_control_lists": "AL", "ip_addresses": "IP", "credential_lists": "CL",
		"credentials": "CR", "incoming_phone_numbers": "PN", "phone_numbers": "PN",
	} {
		lists[collection] = []any{twilioRecord(prefix)}
	}
	return lists
}

// Statuses, as they are counted in an answer.
const (
	ok         = 0
	noContent  = 4
	badRequest = 200
	notFound   = 204
)

// exchange is what Twilio may answer to the requests of one call.
type exchange struct{ first, second answer }

func twilioExchanges(f *testing.F, record map[string]any) []exchange {
	f.Helper()
	one, all := answer{status: ok, body: encode(f, record)}, answer{status: ok, body: encode(f, twilioLists())}
	refused := func(code int) answer { return answer{status: badRequest, body: fmt.Appendf(nil, `{"code":%d}`, code)} }
	return []exchange{
		{one, all},
		{all, one},
		{answer{status: notFound, body: []byte(`{"code":20404}`)}, all},
		{answer{status: noContent}, one},
		{refused(21240), all},
		{refused(21235), one},
		{answer{status: ok, body: []byte("<html>" + authToken)}, refused(21247)},
	}
}

func encode(f *testing.F, value any) []byte {
	f.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		f.Fatal(err)
	}
	return text
}

func twilioSession(t *testing.T, transport http.RoundTripper) external.Session {
	t.Helper()
	session, err := twilio.New(twilio.Options{Transport: transport}).Connect(t.Context(), provider.Access{
		Account: accountSID, Credentials: map[string][]byte{twilio.KeyAuthToken: []byte(authToken)},
	})
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// twilioPath is what may be asked for: whatever an answer said, no path leaves the
// account or names a whole collection to be deleted.
var (
	twilioPath  = regexp.MustCompile(`^/(v1/Trunks|2010-04-01/Accounts/` + accountSID + `)(/[A-Za-z0-9.]+)*$`)
	twilioSIDIn = regexp.MustCompile(`/[A-Z]{2}[0-9a-fA-F]{32}(\.json)?$`)
)

// FuzzTwilioAnswers spoils the answers of Twilio to every call of every driver.
func FuzzTwilioAnswers(f *testing.F) {
	for i, about := range twilioSubjects() {
		for j := range operations {
			for k, e := range twilioExchanges(f, twilioRecord(about.call.ID[:2])) {
				f.Add(uint8(i), uint8(j), uint8(j+k), e.first.status, e.first.body, e.second.status, e.second.body, "application/json", "7")
			}
		}
	}
	f.Fuzz(func(t *testing.T, kind, work, shape uint8, status1 uint16, body1 []byte, status2 uint16, body2 []byte, contentType, retryAfter string) {
		line := &wire{t: t, answers: []answer{{status1, contentType, retryAfter, body1}, {status2, contentType, retryAfter, body2}}}
		about := pick(twilioSubjects(), kind)
		driver, ok := twilioSession(t, line).Driver(about.kind)
		if !ok {
			t.Fatalf("there is no driver of kind %s", about.kind)
		}
		call := shaped(about.call, shape)
		call.Marker, call.Own = marker, []string{sid("TK"), call.ID}
		seen, err := perform(t, pick(operations, work), driver, call)
		wantTwilioRequests(t, line.requests)
		if err != nil {
			wantPresentable(t, err, authToken, accountSID+":"+authToken, sipPassword)
		}
		if external.ClassOf(err) == external.NotFound && !line.succeeded() {
			t.Errorf("%v, and nothing that was answered shows it", err)
		}
		if err == nil && int(work)%len(operations) == 0 {
			wantRecordable(t, call, seen, regexp.MustCompile("^[A-Z]{2}[0-9a-fA-F]{32}$"))
		}
	})
}

func wantTwilioRequests(t *testing.T, requests []*http.Request) {
	t.Helper()
	for _, request := range requests {
		if host := request.URL.Host; host != "trunking.twilio.com" && host != "api.twilio.com" || request.URL.Scheme != "https" {
			t.Errorf("the credentials were sent to %s", request.URL.Redacted())
		}
		if !twilioPath.MatchString(request.URL.Path) {
			t.Errorf("a request for %s", request.URL.Path)
		}
		if request.Method == http.MethodDelete && !twilioSIDIn.MatchString(request.URL.Path) {
			t.Errorf("all of %s were to be deleted", request.URL.Path)
		}
	}
}

// FuzzTwilioVerify never accepts credentials that no answer shows to be accepted.
func FuzzTwilioVerify(f *testing.F) {
	for _, e := range twilioExchanges(f, twilioRecord("PN")) {
		f.Add(e.first.status, e.first.body, "application/json", "7")
		f.Add(e.second.status, e.second.body, "application/json", "Fri, 31 Jul 2026 12:00:30 GMT")
	}
	f.Fuzz(func(t *testing.T, status uint16, body []byte, contentType, retryAfter string) {
		line := &wire{t: t, answers: []answer{{status, contentType, retryAfter, body}}}
		err := twilioSession(t, line).Verify(t.Context())
		if err != nil {
			wantPresentable(t, err, authToken)
		}
		if err == nil && !line.succeeded() {
			t.Errorf("accepted with status %d", line.answers[0].code())
		}
	})
}

// FuzzTwilioSecret makes a session of a Secret that Twilio's client can send, and
// says of any other what is wrong with it.
func FuzzTwilioSecret(f *testing.F) {
	for _, token := range []string{authToken, " " + authToken + "\n", "with-dash", "two\nlines", "ünïcode", ""} {
		f.Add(accountSID, []byte(token), []byte(""), []byte(""))
		f.Add(accountSID, []byte(""), []byte(sid("SK")), []byte(token))
		f.Add("AC../"+token, []byte(token), []byte(token), []byte(token))
	}
	f.Add(accountSID, []byte(accountSID[2:]), []byte(""), []byte(""))
	f.Fuzz(func(t *testing.T, account string, token, key, secret []byte) {
		line := &wire{t: t, answers: []answer{{status: 201}}}
		session, err := twilio.New(twilio.Options{Transport: line}).Connect(t.Context(), provider.Access{
			Account: account, Credentials: map[string][]byte{twilio.KeyAuthToken: token, twilio.KeyAPIKeySID: key, twilio.KeyAPIKeySecret: secret},
		})
		if err != nil {
			wantPresentable(t, err, hidden(account, token, key, secret)...)
			return
		}
		if err := session.Verify(t.Context()); err == nil {
			t.Error("accepted by an answer that refuses")
		} else {
			wantPresentable(t, err, hidden(account, token, secret)...)
		}
		for _, request := range line.requests {
			if user, password, ok := request.BasicAuth(); !ok || strings.ContainsAny(user+password, "\r\n: ") {
				t.Errorf("the header of %q holds more than it should", user)
			}
		}
	})
}
