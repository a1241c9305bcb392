package twilio

import (
	"fmt"
	"strings"
	"testing"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/test/twiliosim"
)

const testKey = "SK0123456789abcdef0123456789abcdef"

func TestConnect(t *testing.T) {
	cases := map[string]struct {
		reason   string
		account  string
		secret   map[string]string
		want     external.Class
		mentions []string
	}{
		"Token":      {"a token is enough", testAccount, map[string]string{"authToken": testToken}, "", nil},
		"Key":        {"so is a key", testAccount, map[string]string{"apiKeySid": testKey, "apiKeySecret": testToken}, "", nil},
		"WhiteSpace": {"white space around a value is trimmed", testAccount, map[string]string{"authToken": " \t" + testToken + "\r\n"}, "", nil},
		"Nothing":    {"an empty Secret", testAccount, nil, external.CredentialsMissing, []string{"authToken", "apiKeySid", "apiKeySecret"}},
		"Empty":      {"an empty value is a missing one: it would be sent as nobody", testAccount, map[string]string{"authToken": "\n"}, external.CredentialsMissing, []string{"authToken"}},
		"HalfKey":    {"a key without its secret", testAccount, map[string]string{"apiKeySid": testKey}, external.CredentialsMissing, []string{"apiKeySecret"}},
		"OtherHalf":  {"a secret without its key", testAccount, map[string]string{"apiKeySecret": testToken}, external.CredentialsMissing, []string{"apiKeySid"}},
		"Dash":       {"a dash cannot be sent", testAccount, map[string]string{"authToken": "canary-dash"}, external.InvalidConfiguration, []string{"authToken"}},
		"InnerLine":  {"neither can a line break", testAccount, map[string]string{"apiKeySid": testKey, "apiKeySecret": "canary\ntoken"}, external.InvalidConfiguration, []string{"apiKeySecret"}},
		"WrongKey":   {"the account SID is no key", testAccount, map[string]string{"apiKeySid": testAccount, "apiKeySecret": testToken}, external.InvalidConfiguration, []string{"apiKeySid"}},
		"NoAccount":  {"an account SID is needed", "AC", map[string]string{"authToken": testToken}, external.InvalidConfiguration, []string{"account"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			data := map[string][]byte{}
			for key, value := range tc.secret {
				data[key] = []byte(value)
			}
			opened, err := New(Options{}).Connect(t.Context(), provider.Access{Account: tc.account, Credentials: data})
			if tc.want == "" {
				if err != nil || opened.Account() != tc.account {
					t.Errorf("%s: %v", tc.reason, err)
				}
				return
			}
			wantClass(t, tc.reason, err, tc.want)
			for _, mention := range tc.mentions {
				if !strings.Contains(err.Error(), mention) {
					t.Errorf("%s: %q does not mention %s", tc.reason, err, mention)
				}
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %q shows the value", tc.reason, err)
			}
		})
	}
}

func TestBaseURLIsChecked(t *testing.T) {
	for _, base := range []string{"proxy.example.com", "ftp://proxy.example.com", "http://", "%"} {
		_, err := New(Options{BaseURL: base}).Connect(t.Context(), provider.Access{
			Account: testAccount, Credentials: map[string][]byte{KeyAuthToken: []byte(testToken)},
		})
		wantClass(t, base+" is nowhere to send requests to", err, external.InvalidConfiguration)
	}
}

var logins = map[string]struct {
	reason string
	open   func(*world) *session
	want   external.Class
}{
	"Token": {"the token of the account", (*world).session, ""},
	"Key":   {"a key of the account", func(w *world) *session { return w.sessionWithKey(w.sim.AddAPIKey(w.account.SID)) }, ""},
	"WrongToken": {"a token that was replaced", func(w *world) *session {
		w.sim.SetToken(w.account.SID, "another")
		return w.session()
	}, external.AuthenticationFailed},
	"DeletedKey": {"a key that was deleted", func(w *world) *session {
		key := w.sim.AddAPIKey(w.account.SID)
		w.sim.DeleteAPIKey(key.SID)
		return w.sessionWithKey(key)
	}, external.AuthenticationFailed},
	"OtherAccount": {"a key of another account", func(w *world) *session {
		return w.sessionWithKey(w.sim.AddAPIKey(w.sim.AddAccount(twiliosim.AccountOptions{}).SID))
	}, external.AccountMismatch},
	"Parent": {"a key of the parent reads the account but makes trunks elsewhere", func(w *world) *session {
		child := w.sim.AddSubAccount(w.account.SID, twiliosim.AccountOptions{})
		w.sim.AddTrunk(w.account.SID, "another", "")
		key := w.sim.AddAPIKey(w.account.SID)
		w.account = child
		return w.sessionWithKey(key)
	}, external.AccountMismatch},
	"Suspended": {"an account that is suspended", func(w *world) *session {
		w.sim.Configure(func(s *twiliosim.Settings) { s.SuspendedCode = 20403 })
		w.sim.SetAccountStatus(w.account.SID, twiliosim.AccountSuspended)
		return w.session()
	}, external.PermissionDenied},
	"SuspendedInOtherWords": {"Twilio may call it wrong credentials", func(w *world) *session {
		w.sim.SetAccountStatus(w.account.SID, twiliosim.AccountSuspended)
		return w.session()
	}, external.AuthenticationFailed},
	"Gone": {"an account that is not there", func(w *world) *session {
		w.fault("number.list", twiliosim.Fail(404, 20404))
		return w.session()
	}, external.AccountMismatch},
	"Down": {"Twilio is down", func(w *world) *session {
		w.fault("number.list", twiliosim.HTML(502))
		return w.session()
	}, external.ProviderUnavailable},
}

func TestVerify(t *testing.T) {
	for name, tc := range logins {
		t.Run(name, func(t *testing.T) {
			err := tc.open(newWorld(t)).Verify(t.Context())
			if tc.want != "" {
				wantClass(t, tc.reason, err, tc.want)
			} else if err != nil {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

// The key of a parent account is the most dangerous one: it is accepted below
// the path of the account, yet finds none of its trunks.
func TestKeyOfTheParentDoesNotProveAbsence(t *testing.T) {
	w := newWorld(t)
	parent := w.account
	w.account = w.sim.AddSubAccount(parent.SID, twiliosim.AccountOptions{})
	trunk := w.ownTrunk()
	w.sim.AddTrunk(parent.SID, "of the parent", "")
	s := w.sessionWithKey(w.sim.AddAPIKey(parent.SID))
	err := driverOf(t, s, KindTrunk).Delete(t.Context(), external.Call{ID: trunk})
	wantClass(t, "the trunk is live and billed", err, external.AccountMismatch)
}

func TestNothingShowsASecret(t *testing.T) {
	const canary = "Canary1Canary2Canary3"
	w := newWorld(t)
	w.account.AuthToken = canary
	w.sim.SetToken(w.account.SID, canary)
	spec := CredentialSpec{Username: "user", Password: external.NewSecret(canary)}
	list := w.ownCredentialList()
	shown := []string{
		fmt.Sprintf("%v %+v %#v", spec, spec, spec),
		fmt.Sprintf("%+v %#v", external.Resource{Spec: spec}, external.Resource{Spec: spec}),
		fmt.Sprintf("%v %+v", w.session(), w.session()),
		fmt.Sprintf("%v %+v %#v", w.session().login, w.session().login, w.session().login),
	}
	actions := []twiliosim.Action{
		twiliosim.Fail(400, 21240), twiliosim.Fail(401, 20003), twiliosim.Fail(500, 0), twiliosim.HTML(200), twiliosim.HTML(502),
		twiliosim.Reset(), twiliosim.EmptyBody(200), twiliosim.EmptyObject(201), twiliosim.Hang(), twiliosim.Fail(302, 0),
	}
	w.provider.sending.Timeout = impatience
	for _, action := range actions {
		w.fault("*", action)
		_, err := w.driver(KindCredential).Create(t.Context(), external.Call{ParentID: list, Spec: spec, Marker: testMarker})
		shown = append(shown, fmt.Sprintf("%v %+v %s", err, err, external.MessageOf(err)))
		w.sim.ClearFaults()
	}
	for _, text := range shown {
		if strings.Contains(text, canary) || strings.Contains(text, "Basic ") {
			t.Errorf("a secret shows in %q", text)
		}
	}
}
