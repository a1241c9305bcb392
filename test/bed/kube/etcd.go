package kube

import (
	"context"
	"fmt"
	"net/http"

	"github.com/callplane/callplane/test/bed/process"
)

func (c *ControlPlane) startEtcd(ctx context.Context) error {
	return process.OnFreePorts(2, func(ports []int) error {
		c.etcdURL = loopback("http", ports[0])
		etcd, err := c.newPart("etcd", c.etcdArgs(loopback("http", ports[1])), answersOK(http.DefaultClient, c.etcdURL+"/health"))
		if err != nil {
			return err
		}
		c.etcd = etcd
		return etcd.start(ctx)
	})
}

func (c *ControlPlane) etcdArgs(peerURL string) []string {
	return []string{
		"--name=bed",
		"--data-dir=" + c.path("etcd"),
		"--listen-client-urls=" + c.etcdURL,
		"--advertise-client-urls=" + c.etcdURL,
		"--listen-peer-urls=" + peerURL,
		"--initial-advertise-peer-urls=" + peerURL,
		"--initial-cluster=bed=" + peerURL,
		// The data need not survive the machine, only a restart of etcd.
		"--unsafe-no-fsync",
		"--log-level=warn",
	}
}

func loopback(scheme string, port int) string {
	return fmt.Sprintf("%s://127.0.0.1:%d", scheme, port)
}
