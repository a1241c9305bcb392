package e2e

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/world"
)

// TestNoSecretGetsOut looks for every secret, in every form that it might take,
// in everything that the manager writes or serves, while things go wrong.
func TestNoSecretGetsOut(t *testing.T) {
	w, manager := readyWorld(t, "--zap-log-level=debug")
	create(t, w, w.PhoneNumber("support-line", world.Outbound))
	number := awaitActive(t, w, "support-line")
	secrets := []string{w.Account.AuthToken, w.LiveKit.APISecret(), w.Twilio.CredentialPassword(w.Twilio.Credentials("")[0].SID)}
	const wrong = "wrongtokenwrongtokenwrongtoken00"
	setToken(t, w, wrong)
	w.Twilio.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.*"}, Action: twiliosim.HTML(200), Count: twiliosim.Forever})
	remove(t, w, number)
	awaitReason(t, w, "support-line", v1alpha1.ConditionCorrupted, v1alpha1.ClassAuthenticationFailed)

	sinks := sinks(t, w.Plane)
	sinks["log"], sinks["metrics"] = manager.Log(), scrape(t, w.Plane, manager)
	wantNoSecret(t, sinks, w.Account.SID, append(secrets, wrong)...)
}

// sinks are everything that the manager writes into the API.
func sinks(t *testing.T, plane *kube.ControlPlane) map[string]string {
	t.Helper()
	sinks := map[string]string{}
	for _, kind := range []string{"phonenumbers,twilioaccounts,livekitprojects,voiceagents,orphanrecords", "events.events.k8s.io"} {
		stdout, stderr, err := plane.Kubectl(t.Context(), "get", kind, "-A", "-o", "yaml", "--show-managed-fields")
		if err != nil {
			t.Fatalf("%v: %s", err, stderr)
		}
		sinks[kind] = stdout
	}
	return sinks
}

// wantNoSecret sees that no secret, which goes with a user name, shows anywhere.
func wantNoSecret(t *testing.T, sinks map[string]string, user string, secrets ...string) {
	t.Helper()
	for _, secret := range secrets {
		for _, form := range forms(user, secret) {
			for name, text := range sinks {
				if strings.Contains(text, form) {
					t.Errorf("%s shows a secret, as %q", name, form)
				}
			}
		}
	}
}

// forms are the ways in which a secret may show.
func forms(user, secret string) []string {
	return []string{
		secret, secret[:8], url.QueryEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.StdEncoding.EncodeToString([]byte(user + ":" + secret)),
	}
}

// scrape reads the metrics as a user who may.
func scrape(t *testing.T, plane *kube.ControlPlane, manager *world.Manager) string {
	t.Helper()
	var text string
	token := plane.Config().BearerToken
	eventually(t, "the metrics", func(ctx context.Context) string {
		status, body, err := getMetrics(ctx, manager, token)
		if err != nil || status != http.StatusOK {
			return fmt.Sprintf("status %d, error %v", status, err)
		}
		text = body
		return ""
	})
	return text
}

// TestMetricsAreGuarded shows that metrics are served to those who may see them,
// and to nobody else.
func TestMetricsAreGuarded(t *testing.T) {
	_, manager := calmWorld(t)
	// The manager is ready before its controllers have begun.
	eventually(t, "the metrics of the controllers", func(context.Context) string {
		if text := scrape(t, plane, manager); !strings.Contains(text, "controller_runtime_reconcile_total") {
			return fmt.Sprintf("there are only %.200s", text)
		}
		return ""
	})
	for name, token := range map[string]string{"NoToken": "", "WrongToken": "nobody"} {
		// controller-runtime answers a token that is no token with 500.
		status, body, err := getMetrics(t.Context(), manager, token)
		if err != nil || status == http.StatusOK || strings.Contains(body, "controller_runtime") {
			t.Errorf("%s: status %d, error %v, %.100q; want to be refused", name, status, err, body)
		}
	}
}

func getMetrics(ctx context.Context, manager *world.Manager, token string) (int, string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, manager.Metrics, nil)
	if err != nil {
		return 0, "", err
	}
	if token != "" {
		request.Header.Set("Authorization", "Bearer "+token)
	}
	// The certificate is the manager's own; nothing but loopback is in between.
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport}).Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	return response.StatusCode, string(body), err
}

// TestLeaderElection shows that of two managers one works, and that the other
// takes over when it ends.
func TestLeaderElection(t *testing.T) {
	w, first := readyWorld(t, "--leader-elect=true")
	startManager(t, w, "--leader-elect=true")
	create(t, w, w.PhoneNumber("support-line"))
	number := awaitActive(t, w, "support-line")
	if err := first.Stop(); err != nil {
		t.Fatal(err)
	}
	remove(t, w, number)
	awaitGone(t, w, number)
	wantHoldings(t, w, nothing)
}
