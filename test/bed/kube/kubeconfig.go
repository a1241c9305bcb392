package kube

import (
	"context"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net/url"

	authenticationv1 "k8s.io/api/authentication/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/utils/ptr"
)

const (
	managerKubeconfig = "manager.kubeconfig"
	accountTokenLife  = 12 * 60 * 60
)

func (c *ControlPlane) writeKubeconfigs(context.Context) error {
	if err := c.writeKubeconfig(c.Kubeconfig(), api.AuthInfo{Token: c.keys.adminToken}); err != nil {
		return err
	}
	return c.writeKubeconfig(c.path(managerKubeconfig), api.AuthInfo{Token: c.keys.managerToken})
}

// WriteKubeconfig writes a kubeconfig of the administrator to a path, with a
// namespace that is used when none is named.
func (c *ControlPlane) WriteKubeconfig(path, namespace string) error {
	return c.writeKubeconfigIn(namespace, path, api.AuthInfo{Token: c.keys.adminToken})
}

// ServiceAccountKubeconfig writes a kubeconfig with a token of the service
// account, as its pods would have, and returns the file's path.
func (c *ControlPlane) ServiceAccountKubeconfig(ctx context.Context, namespace, name string) (string, error) {
	client, err := kubernetes.NewForConfig(c.Config())
	if err != nil {
		return "", fmt.Errorf("making a client: %w", err)
	}
	request := &authenticationv1.TokenRequest{
		Spec: authenticationv1.TokenRequestSpec{ExpirationSeconds: ptr.To[int64](accountTokenLife)},
	}
	answer, err := client.CoreV1().ServiceAccounts(namespace).CreateToken(ctx, name, request, metav1.CreateOptions{})
	if err != nil {
		return "", fmt.Errorf("requesting a token of service account %s/%s: %w", namespace, name, err)
	}
	path := c.newKubeconfigPath(namespace + "." + name)
	return path, c.writeKubeconfig(path, api.AuthInfo{Token: answer.Status.Token})
}

// UserKubeconfig writes a kubeconfig of a person and returns the file's path.
// The person has a client certificate, so the API server sees a real user and
// no impersonation; any name and any groups will do.
func (c *ControlPlane) UserKubeconfig(user string, groups ...string) (string, error) {
	cert, key, err := c.keys.ca.issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: user, Organization: groups},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	})
	if err != nil {
		return "", err
	}
	path := c.newKubeconfigPath(user)
	return path, c.writeKubeconfig(path, api.AuthInfo{ClientCertificateData: cert, ClientKeyData: key})
}

func (c *ControlPlane) newKubeconfigPath(who string) string {
	return c.path(fmt.Sprintf("%03d-%s.kubeconfig", c.files.Add(1), url.QueryEscape(who)))
}

func (c *ControlPlane) writeKubeconfig(path string, who api.AuthInfo) error {
	return c.writeKubeconfigIn("default", path, who)
}

// writeKubeconfigIn embeds everything, so that the file works from any place.
func (c *ControlPlane) writeKubeconfigIn(namespace, path string, who api.AuthInfo) error {
	const name = "bed"
	config := api.Config{
		Clusters:       map[string]*api.Cluster{name: {Server: c.url, CertificateAuthorityData: c.keys.ca.pem}},
		AuthInfos:      map[string]*api.AuthInfo{name: &who},
		Contexts:       map[string]*api.Context{name: {Cluster: name, AuthInfo: name, Namespace: namespace}},
		CurrentContext: name,
	}
	if err := clientcmd.WriteToFile(config, path); err != nil {
		return fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return nil
}
