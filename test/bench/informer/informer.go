// Package informer is the least that a controller can be: a controller-runtime manager
// that follows all PhoneNumbers as typed objects and does nothing about them. What it
// weighs, and how long it takes to begin, is what the real manager is compared with.
package informer

import (
	"context"
	"errors"
	"net/http"

	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// Run runs until ctx ends. It is ready at one address once it has seen all numbers, and
// serves profiles at the other.
func Run(ctx context.Context, config *rest.Config, address, profiles string) error {
	mgr, err := ctrl.NewManager(config, ctrl.Options{
		Scheme: world.Scheme(), HealthProbeBindAddress: address, Metrics: server.Options{BindAddress: "0"}, PprofBindAddress: profiles,
	})
	if err != nil {
		return err
	}
	nothing := reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) { return reconcile.Result{}, nil })
	if err := ctrl.NewControllerManagedBy(mgr).For(&v1alpha1.PhoneNumber{}).Complete(nothing); err != nil {
		return err
	}
	if err := mgr.AddReadyzCheck("synced", synced(mgr)); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func synced(mgr ctrl.Manager) healthz.Checker {
	return func(request *http.Request) error {
		informer, err := mgr.GetCache().GetInformer(request.Context(), &v1alpha1.PhoneNumber{})
		if err != nil {
			return err
		}
		if !informer.HasSynced() {
			return errors.New("the numbers have not all been seen yet")
		}
		return nil
	}
}
