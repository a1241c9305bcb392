package kube_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func TestAccess(t *testing.T) {
	namespace := newNamespace(t)
	grantReader(t, namespace)
	account, err := plane.ServiceAccountKubeconfig(testContext(t), namespace, "reader")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		reason    string
		client    *kubernetes.Clientset
		namespace string
		forbidden bool
	}{
		"Account": {
			reason: "A service account may do what its role says.",
			client: clientFromFile(t, account), namespace: namespace,
		},
		"AccountElsewhere": {
			reason: "A service account may do nothing that no role says.",
			client: clientFromFile(t, account), namespace: "default", forbidden: true,
		},
		"User": {
			reason: "A user with a certificate is known by name.",
			client: userClient(t, "alice"), namespace: namespace,
		},
		"Group": {
			reason: "A user with a certificate is known by group.",
			client: userClient(t, "bob@example.org", "readers"), namespace: namespace,
		},
		"Stranger": {
			reason: "A user without a role may do nothing.",
			client: userClient(t, "eve"), namespace: namespace, forbidden: true,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := tc.client.CoreV1().ConfigMaps(tc.namespace).List(testContext(t), metav1.ListOptions{})
			if got := apierrors.IsForbidden(err); got != tc.forbidden || (!got && err != nil) {
				t.Errorf("%s\nforbidden: want %t, got %v", tc.reason, tc.forbidden, err)
			}
		})
	}
}

func userClient(t *testing.T, user string, groups ...string) *kubernetes.Clientset {
	t.Helper()
	path, err := plane.UserKubeconfig(user, groups...)
	if err != nil {
		t.Fatal(err)
	}
	return clientFromFile(t, path)
}

// grantReader lets a service account, a user and a group read ConfigMaps.
func grantReader(t *testing.T, namespace string) {
	t.Helper()
	client, ctx := clientFor(t, plane.Config()), testContext(t)
	account := &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{Name: "reader"}}
	if _, err := client.CoreV1().ServiceAccounts(namespace).Create(ctx, account, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	role := &rbacv1.Role{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"list"}}},
	}
	if _, err := client.RbacV1().Roles(namespace).Create(ctx, role, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
	binding := &rbacv1.RoleBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "reader"},
		RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "reader"},
		Subjects: []rbacv1.Subject{
			{Kind: "ServiceAccount", Name: "reader", Namespace: namespace},
			{APIGroup: rbacv1.GroupName, Kind: "User", Name: "alice"},
			{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "readers"},
		},
	}
	if _, err := client.RbacV1().RoleBindings(namespace).Create(ctx, binding, metav1.CreateOptions{}); err != nil {
		t.Fatal(err)
	}
}

// TestTokenReview is what a metrics server asks about the token it was sent.
func TestTokenReview(t *testing.T) {
	path, err := plane.ServiceAccountKubeconfig(testContext(t), "default", "default")
	if err != nil {
		t.Fatal(err)
	}
	config, err := clientcmd.BuildConfigFromFlags("", path)
	if err != nil {
		t.Fatal(err)
	}
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: config.BearerToken}}
	got, err := clientFor(t, plane.Config()).AuthenticationV1().TokenReviews().Create(testContext(t), review, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("system:serviceaccount:default:default", got.Status.User.Username); diff != "" {
		t.Errorf("a token tells whose it is: -want, +got:\n%s", diff)
	}
}
