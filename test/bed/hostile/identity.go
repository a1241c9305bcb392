package hostile

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"time"
)

// An Identity is a certificate with which a server on loopback must not be
// believed.
type Identity struct {
	// Flaw is what is wrong with it.
	Flaw string
	// Roots are what a client trusts for whom only this flaw is in the way.
	Roots       *x509.CertPool
	certificate tls.Certificate
}

// Identities returns one certificate of each flaw.
func Identities() ([]Identity, error) {
	loopback := []net.IP{net.IPv4(127, 0, 0, 1)}
	flaws := []struct {
		flaw    string
		edit    func(*x509.Certificate)
		trusted bool
	}{
		{"self-signed", func(c *x509.Certificate) { c.IPAddresses = loopback }, false},
		{"expired", func(c *x509.Certificate) { c.IPAddresses, c.NotAfter = loopback, time.Now().Add(-time.Hour) }, true},
		{"of another name", func(c *x509.Certificate) { c.DNSNames = []string{"elsewhere.example.org"} }, true},
	}
	var identities []Identity
	for _, f := range flaws {
		identity, err := newIdentity(f.flaw, f.edit, f.trusted)
		if err != nil {
			return nil, err
		}
		identities = append(identities, identity)
	}
	return identities, nil
}

func newIdentity(flaw string, edit func(*x509.Certificate), trusted bool) (Identity, error) {
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: flaw},
		NotBefore: time.Now().Add(-2 * time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA:        true, BasicConstraintsValid: true,
	}
	edit(template)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return Identity{}, fmt.Errorf("making a key: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return Identity{}, fmt.Errorf("making a certificate: %w", err)
	}
	roots := x509.NewCertPool()
	if trusted {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return Identity{}, fmt.Errorf("reading a certificate: %w", err)
		}
		roots.AddCert(certificate)
	}
	return Identity{Flaw: flaw, Roots: roots, certificate: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}}, nil
}

// Serve serves a handler over TLS with the identity. Close the server when done.
func (i Identity) Serve(handler http.Handler) *httptest.Server {
	server := httptest.NewUnstartedServer(handler)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{i.certificate}, MinVersion: tls.VersionTLS12}
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // it would tell of every client that goes away
	server.StartTLS()
	return server
}

// Transport believes the roots of the identity.
func (i Identity) Transport() *http.Transport {
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: i.Roots, MinVersion: tls.VersionTLS12}}
}
