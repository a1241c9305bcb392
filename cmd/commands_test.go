package main

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestRunCommand shows what is a command and what are flags of the manager.
func TestRunCommand(t *testing.T) {
	cases := map[string]struct {
		reason    string
		arguments []string
		found     bool
		says      string
	}{
		"nothing":          {reason: "without arguments it is the manager"},
		"flags":            {reason: "the manager's own flags are no command", arguments: []string{"--workers=1"}},
		"unknown":          {reason: "the manager refuses it, and says so", arguments: []string{"uninstall"}},
		"stray word":       {reason: "what follows it would be ignored", arguments: []string{"may-uninstall", "now"}, found: true, says: `"now" is no flag`},
		"unknown flag":     {reason: "a typing error must not look into other namespaces", arguments: []string{"may-uninstall", "--watch-namespace=a"}, found: true, says: "not defined"},
		"probe of nothing": {reason: "nothing that is not asked is ready", arguments: []string{"probe"}, found: true, says: "takes one URL"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			found, err := runCommand(t.Context(), &bytes.Buffer{}, c.arguments)
			if found != c.found || (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("found %v, error %v: %s", found, err, c.reason)
			}
		})
	}
}

func TestRefusal(t *testing.T) {
	line := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "line"}}
	fleet := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "fleet"}}
	held := &v1alpha1.VoiceAgent{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "support", Finalizers: []string{v1alpha1.FinalizerInUse}}}
	many := []client.Object{fleet}
	for name := range strings.SplitSeq("abcdefghijk", "") {
		many = append(many, &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: name}})
	}
	cases := map[string]struct {
		reason string
		there  []client.Object
		says   string
	}{
		"nothing":   {reason: "an account alone has nothing at a provider", there: []client.Object{&v1alpha1.TwilioAccount{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "main"}}}},
		"an agent":  {reason: "its finalizer would stay for ever, too", there: []client.Object{held}, says: "VoiceAgent telephony/support. See"},
		"a number":  {reason: "its finalizer would stay for ever", there: []client.Object{line}, says: "PhoneNumber telephony/line. Delete"},
		"a trunk":   {reason: "it has something at Twilio, too", there: []client.Object{fleet}, says: "SIPTrunk telephony/fleet. Delete"},
		"very many": {reason: "a sentence can be read, a list of thousands cannot", there: many, says: "PhoneNumber telephony/j and 2 more. Delete"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := allowed(t.Context(), &out, fake.NewClientBuilder().WithScheme(scheme()).WithObjects(c.there...).Build(), 10*time.Millisecond)
			if (err != nil) != (c.says != "") || err != nil && !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v: %s", err, c.reason)
			}
		})
	}
}

func TestProbe(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" && asked.Add(1) > 1 {
			return
		}
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	var out bytes.Buffer
	if err := probe(t.Context(), &out, []string{server.URL + "/late"}); err != nil {
		t.Errorf("a manager that is ready a moment later: %v", err)
	}
	if diff := cmp.Diff(server.URL+"/late is ready.\n", out.String()); diff != "" {
		t.Errorf("what it prints, -want +got:\n%s", diff)
	}
	err := probe(context.Background(), &out, []string{"--timeout=10ms", server.URL + "/never"})
	if want := "/never is not ready after 10ms: it answers 503 Service Unavailable"; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %q", err, want)
	}
}
