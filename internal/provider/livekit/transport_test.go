package livekit

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/callplane/callplane/internal/external"
)

// An answer of 0 bytes is a valid list without items: anybody's empty 200 would
// prove that a trunk is gone.
func TestOnlyWholeAnswersOfLiveKitAreBelieved(t *testing.T) {
	protobuf := func(w http.ResponseWriter) { w.Header().Set("Content-Type", "application/protobuf") }
	cases := []struct {
		reason  string
		handler http.HandlerFunc
		want    external.Class
	}{
		{"an empty list of a real server", func(w http.ResponseWriter, _ *http.Request) {
			protobuf(w)
		}, external.NotFound},
		{"a proxy's empty 200", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
		}, external.ProviderUnavailable},
		{"no content", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}, external.ProviderUnavailable},
		{"garbage", func(w http.ResponseWriter, _ *http.Request) {
			protobuf(w)
			fmt.Fprint(w, "<html>Welcome to the airport's Wi-Fi</html>")
		}, external.ProviderUnavailable},
		{"an answer that ends early", func(w http.ResponseWriter, _ *http.Request) {
			protobuf(w)
			w.Header().Set("Content-Length", "100")
		}, external.NetworkError},
		{"an answer whose end is that of the connection", func(w http.ResponseWriter, _ *http.Request) {
			connection, buffer, err := http.NewResponseController(w).Hijack()
			if err != nil {
				return
			}
			fmt.Fprint(buffer, "HTTP/1.1 200 OK\r\nContent-Type: application/protobuf\r\nConnection: close\r\n\r\n")
			_, _ = buffer.Flush(), connection.Close()
		}, external.ProviderUnavailable},
		{"an answer that is too large", func(w http.ResponseWriter, _ *http.Request) {
			protobuf(w)
			fmt.Fprint(w, strings.Repeat("x", maxAnswer+1))
		}, external.ProviderUnavailable},
		{"a proxy's not found", func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "404 page not found", http.StatusNotFound)
		}, external.InvalidConfiguration},
		{"a not_found that a list cannot have", func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"code":"not_found","msg":"no such project"}`)
		}, external.ProviderUnavailable},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			s := stub(t, c.handler)
			for _, kind := range []string{KindInboundTrunk, KindOutboundTrunk} {
				_, err := driverOf(t, s, kind).Observe(testContext(t), external.Call{ID: "ST_gone"})
				wantClass(t, err, c.want)
			}
			_, err := driverOf(t, s, KindDispatchRule).Observe(testContext(t), external.Call{Marker: "cp-marker"})
			wantClass(t, err, c.want)
		})
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(code), func(t *testing.T) {
			visited := false
			s := stub(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/elsewhere" {
					visited = true
				}
				http.Redirect(w, r, "/elsewhere", code)
			})
			err := s.Verify(testContext(t))
			wantClass(t, err, external.ProviderUnavailable)
			wantSays(t, err, "redirects are not followed")
			if visited {
				t.Error("the redirect was followed")
			}
		})
	}
}
