package twiliosim_test

import (
	"net/http"
	"testing"

	"github.com/callplane/callplane/test/twiliosim"
)

func TestViolationsAreReported(t *testing.T) {
	cases := map[string]struct {
		reason, method, path string
		params               []string
	}{
		"Parameter": {"a value of the wrong type", "POST", "/v1/Trunks", []string{"Secure", "maybe"}},
		"Unknown":   {"a parameter that Twilio does not have", "POST", "/v1/Trunks", []string{"Sekure", "true"}},
		"Range":     {"a page that is too large", "GET", "/v1/Trunks?PageSize=1001", nil},
		"SID":       {"a path that is no SID", "GET", "/v1/Trunks/x", nil},
		"Path":      {"a path that Twilio does not have", "GET", "/v1/Nothing", nil},
		"Body":      {"a body without what is required", "POST", "/v1/Trunks/TK00000000000000000000000000000000/CredentialLists", nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			checked := documents(t)
			reports := make(chan error, 10)
			w := newWorld(t)
			w.client.Transport = checked.Transport(w.client.Transport, func(err error) { reports <- err })
			w.do(tc.method, tc.path, tc.params...)
			if len(reports) != 1 {
				t.Errorf("%s is reported: %d reports", tc.reason, len(reports))
			}
		})
	}
}

func TestHandlerReportsWrongAnswers(t *testing.T) {
	cases := map[string]struct {
		reason, path, body string
		status, want       int
	}{
		"SID":    {"a SID of another kind", "/v1/Trunks/TK00000000000000000000000000000000", `{"sid":"TKnope"}`, 200, 1},
		"Type":   {"a value of another type", "/v1/Trunks/TK00000000000000000000000000000000", `{"secure":"yes"}`, 200, 1},
		"Status": {"a success that is not documented", "/v1/Trunks", `{}`, 201, 1},
		"Error":  {"errors are not described, and pass", "/v1/Trunks", `{}`, 500, 0},
		"Good":   {"what fits passes", "/v1/Trunks", `{"trunks":[]}`, 200, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			reports := make(chan error, 10)
			wrong := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.WriteHeader(tc.status)
				_, _ = w.Write([]byte(tc.body))
			})
			w := newWorld(t)
			server, err := twiliosim.Serve("127.0.0.1:0", documents(t).Handler(wrong, func(err error) { reports <- err }))
			if err != nil {
				t.Fatal(err)
			}
			w.url = server.URL
			w.get(tc.path)
			server.Close()
			await(t, func() bool { return len(reports) >= tc.want })
			if len(reports) != tc.want {
				t.Errorf("%s: %d reports, want %d", tc.reason, len(reports), tc.want)
			}
		})
	}
}

func TestHandlerLetsFaultsThrough(t *testing.T) {
	w, checked := newWorld(t), documents(t)
	server, err := twiliosim.Serve("127.0.0.1:0", checked.Handler(w.sim, func(err error) { t.Error(err) }))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	w.url = server.URL
	w.sim.Inject(twiliosim.Fault{Action: twiliosim.Reset().AfterApply()})
	if got := w.post("/v1/Trunks", "FriendlyName", "x"); got.err == nil || len(w.sim.Trunks("")) != 1 {
		t.Errorf("a checked simulator can still cut connections: %v", got)
	}
	w.must(201, w.post("/v1/Trunks", "FriendlyName", "y"))
}
