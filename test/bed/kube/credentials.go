package kube

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"net"
	"net/http"
	"os"
)

const (
	caCert      = "ca.crt"
	servingCert = "serving.crt"
	servingKey  = "serving.key"
	accountKey  = "serviceaccounts.key"
	tokenFile   = "tokens.csv"
)

// credentials are made anew for every control plane, so that a client of one
// can never write to another by mistake.
type credentials struct {
	ca                       *authority
	adminToken, managerToken string
}

// prepare writes all that the programs read at their start.
func (c *ControlPlane) prepare(context.Context) error {
	ca, err := newAuthority()
	if err != nil {
		return err
	}
	c.keys = &credentials{ca: ca, adminToken: rand.Text(), managerToken: rand.Text()}
	files, err := c.keys.files()
	if err != nil {
		return err
	}
	files[auditPolicyFile] = []byte(auditPolicy)
	for name, content := range files {
		if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
			return fmt.Errorf("preparing the control plane: %w", err)
		}
	}
	return nil
}

func (k *credentials) files() (map[string][]byte, error) {
	cert, key, err := k.ca.issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: "kube-apiserver"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:    []string{"localhost", "kubernetes.default.svc"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	if err != nil {
		return nil, err
	}
	signer, err := newKey()
	if err != nil {
		return nil, err
	}
	account, err := keyPEM(signer)
	if err != nil {
		return nil, err
	}
	return map[string][]byte{
		caCert: k.ca.pem, servingCert: cert, servingKey: key, accountKey: account, tokenFile: k.tokens(),
	}, nil
}

// tokens gives the controller manager a name of its own, by which the audit log
// tells its requests from the administrator's.
func (k *credentials) tokens() []byte {
	const line = "%s,%s,%s,\"system:masters\"\n"
	return []byte(fmt.Sprintf(line, k.adminToken, "admin", "admin") +
		fmt.Sprintf(line, k.managerToken, "system:kube-controller-manager", "kube-controller-manager"))
}

// client trusts this control plane and no other.
func (k *credentials) client() *http.Client {
	roots := x509.NewCertPool()
	roots.AddCert(k.ca.cert)
	return &http.Client{Transport: &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		// A probe's connection must not hold up the server's stop.
		DisableKeepAlives: true,
	}}
}
