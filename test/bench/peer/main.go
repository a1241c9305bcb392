// Command peer manages what numbers need at the providers in the way of a Crossplane
// provider: an object for each resource, under crossplane-runtime's managed reconciler.
// It is what Callplane is compared with, and has the same budget for requests.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"

	"github.com/crossplane/crossplane-runtime/v2/pkg/controller"
	"github.com/crossplane/crossplane-runtime/v2/pkg/ratelimiter"
	"github.com/crossplane/crossplane-runtime/v2/pkg/reconciler/managed"
	"github.com/crossplane/crossplane-runtime/v2/pkg/resource"
	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/callplane/callplane/test/bench/wire"
)

// reconcileRate is that of Crossplane's own core: ten times what providers have by
// default.
const reconcileRate = 100

func main() {
	probes := flag.String("probes", "", "address of /readyz")
	flag.Parse()
	ctrl.SetLogger(logr.Discard())
	if err := run(*probes); err != nil {
		log.Fatal(err)
	}
}

func run(probes string) error {
	var job wire.Job
	if err := json.Unmarshal([]byte(os.Getenv(wire.JobVariable)), &job); err != nil {
		return fmt.Errorf("reading %s: %w", wire.JobVariable, err)
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme := runtime.NewScheme()
	scheme.AddKnownTypes(groupVersion, &External{}, &ExternalList{})
	metav1.AddToGroupVersion(scheme, groupVersion)
	mgr, err := ctrl.NewManager(ratelimiter.LimitRESTConfig(config, reconcileRate), ctrl.Options{
		Scheme: scheme, HealthProbeBindAddress: probes, Metrics: server.Options{BindAddress: "0"},
	})
	if err != nil {
		return err
	}
	if err := setUp(mgr, job); err != nil {
		return err
	}
	return mgr.Start(ctrl.SetupSignalHandler())
}

// setUp is what the template of a provider does.
func setUp(mgr ctrl.Manager, job wire.Job) error {
	options := controller.Options{MaxConcurrentReconciles: reconcileRate, GlobalRateLimiter: ratelimiter.NewGlobal(reconcileRate)}
	reconciler := managed.NewReconciler(mgr, resource.ManagedKind(externalKind),
		managed.WithExternalConnector(&externalClient{objects: mgr.GetClient(), calls: wire.New(job)}),
		managed.WithInitializers(), // the id comes from the provider, not from the object's name
	)
	err := ctrl.NewControllerManagedBy(mgr).
		Named("external").
		WithOptions(options.ForControllerRuntime()).
		WithEventFilter(resource.DesiredStateChanged()).
		For(&External{}).
		Complete(ratelimiter.NewReconciler("external", reconciler, options.GlobalRateLimiter))
	if err != nil {
		return err
	}
	return mgr.AddReadyzCheck("synced", func(request *http.Request) error {
		informer, err := mgr.GetCache().GetInformer(request.Context(), &External{})
		if err == nil && !informer.HasSynced() {
			err = errors.New("the objects have not all been seen yet")
		}
		return err
	})
}
