package kube

import (
	"context"
	"fmt"

	"github.com/callplane/callplane/test/bed/process"
)

func (c *ControlPlane) startAPIServer(ctx context.Context) error {
	return process.OnFreePorts(1, func(ports []int) error {
		c.url = loopback("https", ports[0])
		apiServer, err := c.newPart("kube-apiserver", c.apiServerArgs(ports[0]), answersOK(c.keys.client(), c.url+"/readyz"))
		if err != nil {
			return err
		}
		c.apiServer = apiServer
		return apiServer.start(ctx)
	})
}

// apiServerArgs leaves admission at its defaults, which include PodSecurity,
// ServiceAccount and ValidatingAdmissionPolicy. TokenReview and
// SubjectAccessReview need nothing but the API server itself.
func (c *ControlPlane) apiServerArgs(port int) []string {
	args := []string{
		"--etcd-servers=" + c.etcdURL,
		"--bind-address=127.0.0.1",
		"--advertise-address=127.0.0.1",
		fmt.Sprintf("--secure-port=%d", port),
		"--endpoint-reconciler-type=none",
		"--service-cluster-ip-range=10.0.0.0/24",
		"--allow-privileged=true",
		"--cert-dir=" + c.path("apiserver"),
		"--tls-cert-file=" + c.path(servingCert),
		"--tls-private-key-file=" + c.path(servingKey),
		"--client-ca-file=" + c.path(caCert),
		"--token-auth-file=" + c.path(tokenFile),
		"--authorization-mode=RBAC",
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.path(accountKey),
		"--service-account-signing-key-file=" + c.path(accountKey),
		// Ends watches when the server stops, which would else wait for them.
		"--shutdown-watch-termination-grace-period=1s",
		"--profiling=false",
	}
	return append(append(args, c.auditArgs()...), c.options.APIServerArgs...)
}
