package failpoint

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestNames(t *testing.T) {
	const (
		sid    = "TK0123456789abcdef0123456789abcdef"
		number = "PN0123456789abcdef0123456789abcdef"
		uid    = "6f1c3a52-0c1f-4f7e-9d0a-1b2c3d4e5f60"
	)
	cases := map[string]struct {
		reason         string
		naming         Naming
		method, target string
		want           string
	}{
		"Twilio create":    {reason: "method and path say what it is", naming: Twilio, method: http.MethodPost, target: "https://trunking.twilio.com/v1/Trunks", want: "twilio POST /v1/Trunks"},
		"Twilio ids":       {reason: "ids differ from run to run", naming: Twilio, method: http.MethodDelete, target: "/v1/Trunks/" + sid + "/PhoneNumbers/" + number, want: "twilio DELETE /v1/Trunks/{id}/PhoneNumbers/{id}"},
		"Twilio extension": {reason: "what is around an id stays", naming: Twilio, method: http.MethodGet, target: "/IncomingPhoneNumbers/" + number + ".json", want: "twilio GET /IncomingPhoneNumbers/{id}.json"},
		"Twilio query":     {reason: "a query may hold anything", naming: Twilio, method: http.MethodGet, target: "/v1/Trunks?PageToken=secret", want: "twilio GET /v1/Trunks"},
		"LiveKit":          {reason: "every call is a POST to a procedure", naming: LiveKit, method: http.MethodPost, target: "/twirp/livekit.SIP/ListSIPInboundTrunk", want: "livekit ListSIPInboundTrunk"},
		"create":           {reason: "the new name is in the body", naming: API, method: http.MethodPost, target: "/api/v1/namespaces/a/secrets", want: "api POST secrets"},
		"update":           {reason: "namespaces have random names in tests", naming: API, method: http.MethodPut, target: "/apis/callplane.io/v1alpha1/namespaces/a/phonenumbers/b", want: "api PUT phonenumbers/b"},
		"status":           {reason: "a subresource is written on its own", naming: API, method: http.MethodPut, target: "/apis/callplane.io/v1alpha1/namespaces/a/phonenumbers/b/status?fieldManager=x", want: "api PUT phonenumbers/b/status"},
		"named by a UID":   {reason: "UIDs differ from run to run", naming: API, method: http.MethodPut, target: "/apis/callplane.io/v1alpha1/namespaces/a/orphanrecords/" + uid, want: "api PUT orphanrecords/{id}"},
		"part of it":       {reason: "a patch is an update as well", naming: API, method: http.MethodPatch, target: "/apis/callplane.io/v1alpha1/namespaces/a/phonenumbers/b", want: "api PUT phonenumbers/b"},
		"a namespace":      {reason: "it is an object too", naming: API, method: http.MethodDelete, target: "/api/v1/namespaces/a", want: "api DELETE namespaces/a"},
		"cluster":          {reason: "some kinds are in no namespace", naming: API, method: http.MethodPut, target: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/a", want: "api PUT customresourcedefinitions/a"},
		"read":             {reason: "it changes nothing", naming: API, method: http.MethodGet, target: "/api/v1/namespaces/a/secrets/b"},
		"event":            {reason: "the recorder writes them when it likes", naming: API, method: http.MethodPost, target: "/apis/events.k8s.io/v1/namespaces/a/events"},
		"lease":            {reason: "it is renewed all the time", naming: API, method: http.MethodPut, target: "/apis/coordination.k8s.io/v1/namespaces/a/leases/b"},
		"token review":     {reason: "it has to do with who reads the metrics", naming: API, method: http.MethodPost, target: "/apis/authentication.k8s.io/v1/tokenreviews"},
		"access review":    {reason: "it has to do with who reads the metrics", naming: API, method: http.MethodPost, target: "/apis/authorization.k8s.io/v1/subjectaccessreviews"},
		"no object":        {reason: "nothing is there to be named", naming: API, method: http.MethodPost, target: "/", want: "api POST "},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			request := httptest.NewRequest(c.method, c.target, nil)
			request.SetBasicAuth("user", "secret")
			if got := c.naming(request); got != c.want {
				t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
			}
		})
	}
}
