// Package examination reads of an installation what a diagnosis needs. It judges nothing:
// what cannot be read is noted with its error.
package examination

import (
	"context"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/discovery"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/installation"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/diagnosis"
)

// A Scope is what is looked at.
type Scope struct {
	// Manager is the namespace of the manager.
	Manager string
	// AllNamespaces looks at the objects of all of them, and not of the current one only.
	AllNamespaces bool
	Now           time.Time
}

// Names of the manager's objects.
const (
	deploymentName = "callplane-manager"
	leaseName      = "callplane-manager"
	identityKey    = "id"
)

// Gather reads everything, as far as the user may.
func Gather(ctx context.Context, c *cluster.Cluster, scope Scope) diagnosis.Facts {
	facts := diagnosis.Facts{Now: scope.Now, Namespace: scope.Manager, Server: server(c)}
	if facts.Server.Err != nil {
		return facts
	}
	facts.CRDs = crds(ctx, c)
	facts.Policies = policies(ctx, c)
	facts.Manager = manager(ctx, c, scope.Manager)
	facts.Lease = lease(ctx, c, scope.Manager)
	facts.Identity = identity(ctx, c, scope.Manager)
	facts.Permissions = permissions(ctx, c, scope.Manager)
	namespace := c.Namespace
	if scope.AllNamespaces {
		namespace = ""
	}
	facts.Connections, facts.Owners, facts.Objects = objects(ctx, c, namespace)
	return facts
}

func server(c *cluster.Cluster) diagnosis.Server {
	d, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return diagnosis.Server{Err: err}
	}
	info, err := d.ServerVersion()
	if err != nil {
		return diagnosis.Server{Err: cluster.Explain(err)}
	}
	return diagnosis.Server{Version: info.GitVersion}
}

func manager(ctx context.Context, c *cluster.Cluster, namespace string) diagnosis.Manager {
	var deployment appsv1.Deployment
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: deploymentName}, &deployment); err != nil {
		return diagnosis.Manager{Err: err}
	}
	found := diagnosis.Manager{Wanted: 1, Replicas: deployment.Status.AvailableReplicas}
	if deployment.Spec.Replicas != nil {
		found.Wanted = *deployment.Spec.Replicas
	}
	if containers := deployment.Spec.Template.Spec.Containers; len(containers) > 0 {
		found.Image = containers[0].Image
	}
	return found
}

func lease(ctx context.Context, c *cluster.Cluster, namespace string) diagnosis.Lease {
	var lease coordinationv1.Lease
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: leaseName}, &lease); err != nil {
		return diagnosis.Lease{Err: err}
	}
	var found diagnosis.Lease
	if lease.Spec.HolderIdentity != nil {
		found.Holder = *lease.Spec.HolderIdentity
	}
	if lease.Spec.RenewTime != nil {
		found.Renewed = lease.Spec.RenewTime.Time
	}
	if lease.Spec.LeaseDurationSeconds != nil {
		found.Duration = time.Duration(*lease.Spec.LeaseDurationSeconds) * time.Second
	}
	return found
}

func identity(ctx context.Context, c *cluster.Cluster, namespace string) diagnosis.Identity {
	var config corev1.ConfigMap
	if err := c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: installation.ConfigMap}, &config); err != nil {
		return diagnosis.Identity{Err: err}
	}
	return diagnosis.Identity{ID: config.Data[identityKey]}
}

func objects(ctx context.Context, c *cluster.Cluster, namespace string) ([]diagnosis.Connection, []diagnosis.Owner, error) {
	var connections []diagnosis.Connection
	for _, list := range []client.ObjectList{&v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{}} {
		if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
			return nil, nil, cluster.Explain(err)
		}
		cluster.Each(list, func(object client.Object) {
			if held, ok := object.(interface {
				Connection() v1alpha1.Connection
				ConnectionStatus() *v1alpha1.ConnectionStatus
			}); ok {
				connections = append(connections, diagnosis.Connection{
					Kind: held.Connection().Kind, Namespace: object.GetNamespace(), Name: object.GetName(), Status: *held.ConnectionStatus(),
				})
			}
		})
	}
	listed, err := c.Owners(ctx, namespace)
	owners := make([]diagnosis.Owner, len(listed))
	for i, owner := range listed {
		owners[i] = diagnosis.Owner{Owner: owner}
	}
	return connections, owners, err
}
