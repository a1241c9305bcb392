package main

import (
	"errors"
	"flag"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"go.uber.org/zap/zapcore"
	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"

	"github.com/callplane/callplane/internal/marker"
)

const userAgent = "callplane-manager"

// options are what a person can set.
type options struct {
	namespace      string
	watched        []string
	installation   string
	metrics        string
	metricsSecure  bool
	probes         string
	pprof          string
	leaderElection bool
	twilioURL      string
	liveKitHosts   []string
	grace          time.Duration
	corruptedAfter time.Duration
	resync         time.Duration
	recheck        time.Duration
	sweepInterval  time.Duration
	workers        int
	teardowns      int
	zap            zap.Options
}

func parseFlags(name string, arguments []string) (options, error) {
	o := options{zap: zap.Options{TimeEncoder: zapcore.RFC3339NanoTimeEncoder}}
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	o.bindManager(flags)
	o.bindProviders(flags)
	o.zap.BindFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	err := o.validate()
	if flags.NArg() > 0 {
		err = fmt.Errorf("%q is no flag: write a value as --flag=value", flags.Arg(0))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return options{}, err
	}
	return o, nil
}

func (o *options) bindManager(flags *flag.FlagSet) {
	flags.StringVar(&o.namespace, "namespace", os.Getenv("POD_NAMESPACE"), "namespace of the manager: its lease, its installation id and the OrphanRecords are there (default $POD_NAMESPACE)")
	flags.Func("watch-namespaces", "comma-separated namespaces whose objects are looked after, by roles in these only; what is in others is not known (default all of the cluster)", func(value string) error {
		o.watched = separated(value)
		return nil
	})
	flags.StringVar(&o.installation, "installation-id", "", "6 lower-case letters and digits that mark everything this installation creates (default: made once and kept in the ConfigMap callplane-installation)")
	flags.StringVar(&o.metrics, "metrics-bind-address", ":8443", "where metrics are served; 0 turns them off")
	flags.BoolVar(&o.metricsSecure, "metrics-secure", true, "serve metrics over HTTPS and only to those who may get /metrics")
	flags.StringVar(&o.probes, "health-probe-bind-address", ":8081", "where /healthz and /readyz are served")
	flags.StringVar(&o.pprof, "pprof-bind-address", "", "where profiles of the manager are served, without a password: an address of its own host, such as 127.0.0.1:6060; empty serves none")
	flags.BoolVar(&o.leaderElection, "leader-elect", true, "let one of several managers lead; without it there must be only one")
	flags.IntVar(&o.workers, "workers", 200, "how many numbers are worked on at once; of one account no more than six times as many as it may have requests at once, or 64")
	flags.IntVar(&o.teardowns, "max-concurrent-teardowns", 48, "how many numbers of a TwilioAccount are torn down at once, unless the account says so itself; the others wait and take calls")
	flags.DurationVar(&o.resync, "resync-period", 10*time.Hour, "how often all that a number has is compared with the providers, one read for each; that it is there is seen in lists at each sweep")
	flags.DurationVar(&o.recheck, "credentials-recheck-period", 10*time.Minute, "how often accepted credentials are verified again")
	flags.DurationVar(&o.sweepInterval, "sweep-interval", 5*time.Minute, "how often each account and project is listed, to find what has no owner and what numbers lack")
	flags.DurationVar(&o.corruptedAfter, "corrupted-after", 2*time.Minute, "how long a cleanup may fail for a cause that may pass before the number counts as Corrupted")
}

func (o *options) bindProviders(flags *flag.FlagSet) {
	flags.DurationVar(&o.grace, "create-grace", 30*time.Second, "how long a provider's list may lag behind a create: only then is something that is not listed believed not to exist")
	flags.StringVar(&o.twilioURL, "twilio-url", "", "scheme and host that all requests to Twilio go to instead of Twilio's own hosts, for a proxy or a test")
	flags.Func("livekit-allowed-hosts", "comma-separated hosts that a LiveKitProject may name: a host, with its port unless it is the usual one, or *. and a domain; http:// in front allows plain HTTP (default *.livekit.cloud)", func(value string) error {
		o.liveKitHosts = separated(value)
		return nil
	})
}

func (o *options) validate() error {
	switch {
	case o.namespace == "":
		return errors.New("--namespace is not set: give the namespace of the manager, there or in $POD_NAMESPACE")
	case o.installation != "" && !marker.ValidInstallation(o.installation):
		return fmt.Errorf("--installation-id %q must be 6 lower-case letters and digits", o.installation)
	case o.workers < 1:
		return fmt.Errorf("--workers %d must be at least 1", o.workers)
	case o.teardowns < 1:
		return fmt.Errorf("--max-concurrent-teardowns %d must be at least 1", o.teardowns)
	case o.grace < time.Second:
		return fmt.Errorf("--create-grace %s must be at least 1s: a provider's list that lags must not make a second resource", o.grace)
	case o.corruptedAfter < 0:
		return fmt.Errorf("--corrupted-after %s must not be negative", o.corruptedAfter)
	case o.resync < time.Minute || o.recheck < time.Minute:
		return errors.New("--resync-period and --credentials-recheck-period must be at least 1m")
	case o.sweepInterval < time.Second:
		return fmt.Errorf("--sweep-interval %s must be at least 1s", o.sweepInterval)
	}
	if err := validateNamespaces(o.watched); err != nil {
		return err
	}
	return validateURL(o.twilioURL)
}

// validateNamespaces wants each once: whoever is listed twice would have two owners.
func validateNamespaces(watched []string) error {
	for i, namespace := range watched {
		if len(validation.IsDNS1123Label(namespace)) > 0 || slices.Contains(watched[:i], namespace) {
			return fmt.Errorf("--watch-namespaces %q must name namespaces, each of them once", strings.Join(watched, ","))
		}
	}
	return nil
}

func validateURL(address string) error {
	parsed, err := url.Parse(address)
	if err != nil || address != "" && (parsed.Scheme != "https" && parsed.Scheme != "http" || parsed.Host == "" || strings.Trim(parsed.Path, "/") != "") {
		return fmt.Errorf("--twilio-url %q must be a scheme and a host, such as https://twilio-proxy.example.com", address)
	}
	return nil
}

// separated reads a list; an empty one leaves the default.
func separated(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
}
