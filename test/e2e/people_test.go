package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// A person, or a controller, is somebody whom the API server knows by a
// certificate or a token of their own.
type person struct {
	name       string
	kubeconfig string
	client.Client
}

// kubectl runs kubectl as the person.
func (p person) kubectl(t *testing.T, arguments ...string) (stdout, stderr string, err error) {
	t.Helper()
	return plane.Kubectl(t.Context(), append([]string{"--kubeconfig", p.kubeconfig}, arguments...)...)
}

// user is a person with ClusterRoles that are bound in one namespace.
func user(t *testing.T, namespace, name string, roles ...string) person {
	t.Helper()
	kubeconfig, err := plane.UserKubeconfig(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, role := range roles {
		createWith(t, asAdmin(t), &rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name + "-" + role},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: role},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: name}},
		})
	}
	return known(t, name, kubeconfig)
}

// cleaner is a user who may have external resources deleted.
func cleaner(t *testing.T) person {
	t.Helper()
	kubeconfig, err := plane.UserKubeconfig("cleaner")
	if err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Namespace: world.ManagerNamespace, Name: "cleaner"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "callplane-orphans"},
		Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "User", Name: "cleaner"}},
	}
	if err := asAdmin(t).Create(t.Context(), binding); err != nil && !apierrors.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	return known(t, "cleaner", kubeconfig)
}

// account is a ServiceAccount with the roles that it has.
func account(t *testing.T, namespace, name string) person {
	t.Helper()
	kubeconfig, err := plane.ServiceAccountKubeconfig(t.Context(), namespace, name)
	if err != nil {
		t.Fatal(err)
	}
	return known(t, name, kubeconfig)
}

func known(t *testing.T, name, kubeconfig string) person {
	t.Helper()
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1
	c, err := client.New(config, client.Options{Scheme: world.Scheme()})
	if err != nil {
		t.Fatal(err)
	}
	return person{name: name, kubeconfig: kubeconfig, Client: c}
}

// asAdmin is the administrator of the cluster.
func asAdmin(t *testing.T) person {
	t.Helper()
	return known(t, "cluster-admin", plane.Kubeconfig())
}

// awaitPolicies waits until the API server enforces the policies: it looks for new
// ones once a second.
func awaitPolicies(ctx context.Context) error {
	admin, err := client.New(plane.Config(), client.Options{Scheme: world.Scheme()})
	if err != nil {
		return err
	}
	number := bareNumber("default", "probe", annotated(v1alpha1.AnnotationForceDelete))
	probes := map[string]func() error{
		"force-gate": func() error { return admin.Create(ctx, number.DeepCopy(), client.DryRunAll) },
		"crd-guard":  func() error { return admin.Delete(ctx, aCRD(""), client.DryRunAll) },
		"orphan-gate": func() error {
			record := bareRecord("default", "probe", v1alpha1.ReasonRetained)
			deleteExternal(record)
			return admin.Create(ctx, record, client.DryRunAll)
		},
	}
	for policy, probe := range probes {
		for {
			if err := probe(); err != nil && strings.Contains(err.Error(), policy) {
				break
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("waiting for the policy %s: %w", policy, ctx.Err())
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	return nil
}

// namespaceFor is a namespace of the test's own, without manager and providers.
func namespaceFor(t *testing.T) string {
	t.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "people-"}}
	createWith(t, asAdmin(t), namespace)
	return namespace.Name
}
