package main

import (
	"errors"
	"flag"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// parse returns what parseFlags wrote to the terminal too.
func parse(t *testing.T, arguments ...string) (options, string, error) {
	t.Helper()
	t.Setenv("POD_NAMESPACE", "")
	terminal, err := os.CreateTemp(t.TempDir(), "stderr")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	stderr := os.Stderr
	os.Stderr = terminal
	o, failure := parseFlags("callplane-manager", arguments)
	os.Stderr = stderr
	if _, err := terminal.Seek(0, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(terminal)
	if err != nil {
		t.Fatal(err)
	}
	return o, string(text), failure
}

func TestHelp(t *testing.T) {
	_, text, err := parse(t, "--help")
	if !errors.Is(err, flag.ErrHelp) {
		t.Errorf("got %v, want that help was asked for", err)
	}
	for _, name := range []string{
		"namespace", "watch-namespaces", "installation-id", "metrics-bind-address", "metrics-secure", "health-probe-bind-address", "pprof-bind-address", "leader-elect", "workers", "max-concurrent-teardowns", "resync-period",
		"credentials-recheck-period", "sweep-interval", "corrupted-after", "create-grace", "twilio-url", "livekit-allowed-hosts", "zap-log-level",
	} {
		_, after, found := strings.Cut(text, "  -"+name)
		_, words, _ := strings.Cut(after, "\n")
		words, _, _ = strings.Cut(words, "\n")
		if !found || len(strings.Fields(words)) < 4 {
			t.Errorf("--%s is explained with %q, want a sentence", name, words)
		}
	}
}

func TestDefaults(t *testing.T) {
	o, text, err := parse(t, "--namespace=callplane-system")
	if err != nil || text != "" {
		t.Fatalf("got %v and the text %q, want neither", err, text)
	}
	type chosen struct {
		Namespace, Installation, Metrics, Probes, Pprof, TwilioURL string
		MetricsSecure, LeaderElection                              bool
		LiveKitHosts, Watched                                      []string
		Grace, CorruptedAfter, Resync, Recheck, Sweep              time.Duration
		Workers, Teardowns                                         int
	}
	want := chosen{
		Namespace: "callplane-system", Metrics: ":8443", Probes: ":8081", MetricsSecure: true, LeaderElection: true,
		Grace: 30 * time.Second, CorruptedAfter: 2 * time.Minute, Resync: 10 * time.Hour, Recheck: 10 * time.Minute, Sweep: 5 * time.Minute, Workers: 200, Teardowns: 48,
	}
	got := chosen{
		o.namespace, o.installation, o.metrics, o.probes, o.pprof, o.twilioURL, o.metricsSecure, o.leaderElection, o.liveKitHosts, o.watched,
		o.grace, o.corruptedAfter, o.resync, o.recheck, o.sweepInterval, o.workers, o.teardowns,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what nobody set must be safe, -want +got:\n%s", diff)
	}
}

func TestFlags(t *testing.T) {
	o, _, err := parse(t, "--namespace=a", "--installation-id=ab12cd", "--livekit-allowed-hosts=*.livekit.cloud,http://127.0.0.1:7880", "--create-grace=5s", "--workers=1", "--max-concurrent-teardowns=3", "--watch-namespaces=a,b")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"*.livekit.cloud", "http://127.0.0.1:7880"}, o.liveKitHosts); diff != "" {
		t.Errorf("allowed hosts, -want +got:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"a", "b"}, o.watched); diff != "" {
		t.Errorf("watched namespaces, -want +got:\n%s", diff)
	}
	if o.installation != "ab12cd" || o.grace != 5*time.Second || o.workers != 1 || o.teardowns != 3 {
		t.Errorf("got %+v", o)
	}
}

func TestNamespaceOfThePod(t *testing.T) {
	t.Setenv("POD_NAMESPACE", "from-the-pod")
	for want, arguments := range map[string][]string{"from-the-pod": nil, "given": {"--namespace=given"}} {
		if o, err := parseFlags("callplane-manager", arguments); err != nil || o.namespace != want {
			t.Errorf("got %q and %v, want %q", o.namespace, err, want)
		}
	}
}

func TestBadFlags(t *testing.T) {
	cases := map[string]struct {
		reason    string
		arguments []string
		says      string
	}{
		"no namespace":      {reason: "records and the id must be somewhere", says: "--namespace is not set: give the namespace of the manager"},
		"bad installation":  {reason: "it must fit into markers", arguments: []string{"--namespace=a", "--installation-id=ABC"}, says: `--installation-id "ABC" must be 6 lower-case letters and digits`},
		"no workers":        {reason: "nothing would ever be done", arguments: []string{"--namespace=a", "--workers=0"}, says: "--workers 0 must be at least 1"},
		"negative workers":  {reason: "nothing would ever be done", arguments: []string{"--namespace=a", "--workers=-4"}, says: "--workers -4 must be at least 1"},
		"no teardowns":      {reason: "no number would ever be deleted", arguments: []string{"--namespace=a", "--max-concurrent-teardowns=0"}, says: "--max-concurrent-teardowns 0 must be at least 1"},
		"no duration":       {reason: "a number needs its unit", arguments: []string{"--namespace=a", "--create-grace=30"}, says: `invalid value "30" for flag -create-grace`},
		"no number":         {reason: "a word is no number", arguments: []string{"--namespace=a", "--workers=many"}, says: `invalid value "many" for flag -workers`},
		"unknown":           {reason: "a typing error must not be a default", arguments: []string{"--namespace=a", "--workrs=2"}, says: "flag provided but not defined: -workrs"},
		"no grace":          {reason: "a list that lags would make things twice", arguments: []string{"--namespace=a", "--create-grace=0"}, says: "--create-grace 0s must be at least 1s"},
		"negative patience": {reason: "time does not run backward", arguments: []string{"--namespace=a", "--corrupted-after=-5m"}, says: "must not be negative"},
		"no resync":         {reason: "numbers would never be compared again", arguments: []string{"--namespace=a", "--resync-period=0"}, says: "must be at least 1m"},
		"no recheck":        {reason: "revoked credentials would look accepted", arguments: []string{"--namespace=a", "--credentials-recheck-period=0"}, says: "must be at least 1m"},
		"no sweep":          {reason: "accounts would be listed without a pause", arguments: []string{"--namespace=a", "--sweep-interval=0"}, says: "--sweep-interval 0s must be at least 1s"},
		"no namespace name": {reason: "nothing would be looked after", arguments: []string{"--namespace=a", "--watch-namespaces=Team A"}, says: `--watch-namespaces "Team,A" must name namespaces, each of them once`},
		"watched twice":     {reason: "a list of all would have everything twice", arguments: []string{"--namespace=a", "--watch-namespaces=b,c,b"}, says: "each of them once"},
		"no URL":            {reason: "requests would go nowhere", arguments: []string{"--namespace=a", "--twilio-url=not a url"}, says: "must be a scheme and a host"},
		"stray word":        {reason: "what follows it would be ignored", arguments: []string{"--namespace=a", "--leader-elect", "false", "--workers=0"}, says: `"false" is no flag`},
		"without its value": {reason: "a flag at the end is incomplete", arguments: []string{"--namespace"}, says: "flag needs an argument: -namespace"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			o, text, err := parse(t, c.arguments...)
			if err == nil {
				t.Fatalf("got %+v, want it refused: %s", o, c.reason)
			}
			if !strings.Contains(text, c.says) {
				t.Errorf("the terminal shows %q, want %q: %s", text, c.says, c.reason)
			}
		})
	}
}
