package kube

import (
	"context"
	"errors"
	"fmt"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"

	"github.com/callplane/callplane/test/bed/process"
)

// controllers are those whose work users of an operator see: deletion with its
// dependents, namespaces, service accounts, aggregated roles, and the type
// checking of admission policies.
var controllers = []string{
	"garbage-collector-controller",
	"namespace-controller",
	"serviceaccount-controller",
	"serviceaccount-token-controller",
	"root-ca-certificate-publisher-controller",
	"clusterrole-aggregation-controller",
	"validatingadmissionpolicy-status-controller",
}

func (c *ControlPlane) startManager(ctx context.Context) error {
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return fmt.Errorf("making a client: %w", err)
	}
	garbage := collection{client: client}
	return process.OnFreePorts(1, func(ports []int) error {
		healthy := answersOK(c.keys.client(), loopback("https", ports[0])+"/healthz")
		manager, err := c.newPart("kube-controller-manager", c.managerArgs(ports[0]), func(ctx context.Context) error {
			if err := healthy(ctx); err != nil {
				return err
			}
			if err := controllersWorked(ctx, client); err != nil {
				return err
			}
			return garbage.worked(ctx)
		})
		if err != nil {
			return err
		}
		c.manager = manager
		return manager.start(ctx)
	})
}

func (c *ControlPlane) managerArgs(port int) []string {
	return []string{
		"--kubeconfig=" + c.path(managerKubeconfig),
		"--bind-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--cert-dir=" + c.path("manager"),
		"--tls-cert-file=" + c.path(servingCert),
		"--tls-private-key-file=" + c.path(servingKey),
		"--service-account-private-key-file=" + c.path(accountKey),
		"--root-ca-file=" + c.path(caCert),
		// Each controller is a user of its own with no more than its own role, as in a
		// real cluster: admission policies must not hinder them.
		"--use-service-account-credentials=true",
		"--authentication-skip-lookup=true",
		"--leader-elect=false",
		"--kube-api-qps=500",
		"--kube-api-burst=1000",
		"--controllers=" + strings.Join(controllers, ","),
	}
}

// controllersWorked asks for the first thing each controller makes, because the
// manager calls itself healthy before its controllers run.
func controllersWorked(ctx context.Context, client kubernetes.Interface) error {
	if _, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{}); err != nil {
		return err
	}
	if _, err := client.CoreV1().ConfigMaps("default").Get(ctx, "kube-root-ca.crt", metav1.GetOptions{}); err != nil {
		return err
	}
	role, err := client.RbacV1().ClusterRoles().Get(ctx, "admin", metav1.GetOptions{})
	if err != nil {
		return err
	}
	if len(role.Rules) == 0 {
		return errors.New("ClusterRole admin has not been aggregated yet")
	}
	return nil
}
