// Command callplane-manager is the operator. This package is the composition
// root: the only place that names concrete providers, real clocks and real
// random sources.
package main

import (
	"context"
	"crypto/rand"
	"errors"
	"flag"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/installation"
	"github.com/callplane/callplane/internal/slim"
	"github.com/callplane/callplane/internal/telemetry"
	"github.com/callplane/callplane/internal/watched"
)

func main() {
	ctx := ctrl.SetupSignalHandler()
	if found, err := runCommand(ctx, os.Stdout, os.Args[1:]); found {
		os.Exit(endCommand(err))
	}
	options, err := parseFlags(os.Args[0], os.Args[1:])
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		os.Exit(2)
	}
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&options.zap)))
	release, revision := telemetry.ShowBuild(metrics.Registry)
	ctrl.Log.Info("callplane-manager", "version", release, "revision", revision)
	if err := run(ctx, options); err != nil {
		ctrl.Log.Error(err, "callplane-manager cannot go on")
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	config.UserAgent = userAgent
	watchWrites(config)
	mgr, err := ctrl.NewManager(config, managerOptions(o))
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	everywhere, err := client.New(config, client.Options{Scheme: mgr.GetScheme(), HTTPClient: mgr.GetHTTPClient(), Mapper: mgr.GetRESTMapper()})
	if err != nil {
		return fmt.Errorf("starting: %w", err)
	}
	direct := watched.Client{Client: everywhere, Namespaces: o.watched}
	if o.installation == "" {
		if o.installation, err = installation.ID(ctx, direct, rand.Reader, o.namespace); err != nil {
			return err
		}
	}
	if err := setUp(ctx, mgr, direct, o); err != nil {
		return fmt.Errorf("setting up controllers: %w", err)
	}
	return mgr.Start(ctx)
}

// renewDeadline is how long a leader may fail to renew its lease of 15 s. It then
// still tries to release it, for half as long, before it stops leading; with the
// 2 s since the last renewal all of that must be over before the lease is.
const renewDeadline = 8 * time.Second

func managerOptions(o options) manager.Options {
	return manager.Options{
		Scheme:                        scheme(),
		HealthProbeBindAddress:        o.probes,
		PprofBindAddress:              o.pprof,
		LeaderElection:                o.leaderElection,
		LeaderElectionID:              "callplane-manager",
		LeaderElectionNamespace:       o.namespace,
		LeaderElectionReleaseOnCancel: true,
		RenewDeadline:                 new(renewDeadline),
		Metrics:                       metricsOptions(o),
		// Nobody reads managed fields, and they are much of what an object weighs; of
		// numbers there are thousands. The manager may read OrphanRecords in its own
		// namespace only.
		Cache: cache.Options{
			DefaultNamespaces: namespaces(o.watched),
			DefaultTransform:  cache.TransformStripManagedFields(),
			ByObject: map[client.Object]cache.ByObject{
				&v1alpha1.PhoneNumber{}:  {Transform: slim.Number},
				&corev1.Secret{}:         {Transform: bare},
				&v1alpha1.OrphanRecord{}: {Namespaces: map[string]cache.Config{o.namespace: {}}},
			},
		},
		Client: client.Options{
			FieldOwner: "callplane",
			Cache: &client.CacheOptions{
				// Secrets and ConfigMaps are read live, so that no cache holds them.
				DisableFor: []client.Object{&corev1.Secret{}, &corev1.ConfigMap{}},
				// A claim is confirmed by a read that waits for what was written.
				EnableReadYourWritesConsistency: new(true),
			},
		},
	}
}

// namespaces are all of the cluster if none are named.
func namespaces(names []string) map[string]cache.Config {
	configs := map[string]cache.Config{}
	for _, namespace := range names {
		configs[namespace] = cache.Config{}
	}
	return configs
}

// bare leaves of a Secret, of which only metadata is watched, what tells that it
// has changed. All Secrets of the cluster are watched, and how large their
// annotations are is up to whoever may create one.
func bare(secret any) (any, error) {
	if object, ok := secret.(metav1.Object); ok {
		object.SetManagedFields(nil)
		object.SetAnnotations(nil)
		object.SetLabels(nil)
		object.SetOwnerReferences(nil)
	}
	return secret, nil
}

func metricsOptions(o options) metricsserver.Options {
	options := metricsserver.Options{BindAddress: o.metrics, SecureServing: o.metricsSecure}
	if o.metricsSecure {
		options.FilterProvider = filters.WithAuthenticationAndAuthorization
	}
	return options
}

func scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			// Two kinds of one name: a build that can never work.
			panic(err)
		}
	}
	return scheme
}

func addChecks(mgr ctrl.Manager) error {
	if err := mgr.AddHealthzCheck("ping", healthz.Ping); err != nil {
		return err
	}
	return mgr.AddReadyzCheck("ping", healthz.Ping)
}
