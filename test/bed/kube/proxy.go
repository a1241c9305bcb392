package kube

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"

	"k8s.io/client-go/tools/clientcmd"
)

// A Proxy stands between a client and kube-apiserver, and spoils the requests
// that it is told to spoil. It passes tokens on; it cannot pass on a client
// certificate. Its methods may be called concurrently.
type Proxy struct {
	plane   *ControlPlane
	url     string
	http    *http.Server
	forward *httputil.ReverseProxy

	mu      sync.Mutex
	faults  []*Spoiled
	watches map[*watch]struct{}
	// held is closed when watches may go on; nil while they are not held up.
	held chan struct{}
}

// Proxy starts a proxy. It goes on when kube-apiserver restarts.
func (c *ControlPlane) Proxy() (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("starting a proxy: %w", err)
	}
	p := &Proxy{plane: c, url: "https://" + listener.Addr().String(), watches: map[*watch]struct{}{}}
	target, err := url.Parse(c.url)
	if err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	transport := c.keys.client().Transport.(*http.Transport)
	transport.DisableKeepAlives, transport.ForceAttemptHTTP2 = false, true
	p.forward = &httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:      transport,
		ModifyResponse: p.holdWatch,
		// As a server that is down looks to its client.
		ErrorHandler: func(http.ResponseWriter, *http.Request, error) { panic(http.ErrAbortHandler) },
		ErrorLog:     silent,
	}
	p.http = &http.Server{Handler: http.HandlerFunc(p.serve), ReadHeaderTimeout: forwardLimit, ErrorLog: silent}
	go func() { _ = p.http.ServeTLS(listener, c.path(servingCert), c.path(servingKey)) }()
	return p, nil
}

// Kubeconfig writes a copy of a kubeconfig that leads through the proxy, and
// returns the file's path.
func (p *Proxy) Kubeconfig(path string) (string, error) {
	config, err := clientcmd.LoadFromFile(path)
	if err != nil {
		return "", fmt.Errorf("reading a kubeconfig: %w", err)
	}
	for _, cluster := range config.Clusters {
		cluster.Server = p.url
	}
	through := p.plane.newKubeconfigPath("proxy")
	if err := clientcmd.WriteToFile(*config, through); err != nil {
		return "", fmt.Errorf("writing a kubeconfig: %w", err)
	}
	return through, nil
}

// Close ends the proxy and all requests in it. It may be called again.
func (p *Proxy) Close() error { return p.http.Close() }

func (p *Proxy) serve(w http.ResponseWriter, r *http.Request) {
	met := p.meet(r)
	fault := met.fault
	if fault.Latency > 0 && !wait(r.Context(), fault.Latency) {
		panic(http.ErrAbortHandler)
	}
	switch {
	case fault.Answer == nil && isWatch(r):
		p.watch(w, r)
	case fault.Answer == nil:
		p.forward.ServeHTTP(w, r)
	default:
		if fault.Apply {
			// Whether or not the client still waits, and whatever the answer is.
			p.forward.ServeHTTP(discard{}, r.WithContext(context.WithoutCancel(r.Context())))
		}
		fault.Answer(w, r, met.removed)
	}
}
