// Package cluster is the plugin's way to the API server: it finds what a person names,
// follows it, and asks for changes. What is to be done, and what is said of it, it leaves
// to others.
package cluster

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// A Cluster is the one that the flags and the kubeconfig name.
type Cluster struct {
	client.WithWatch
	// Namespace is the one that is meant where none is named.
	Namespace string
	// Config is how it is reached.
	Config *rest.Config
}

// Options of Open.
type Options struct {
	Flags     *genericclioptions.ConfigFlags
	Scheme    *runtime.Scheme
	UserAgent string
	// Warnings gets those of the API server.
	Warnings rest.WarningHandlerWithContext
	// Patience bounds each request, those too that end with no context: which kinds there
	// are is asked so. 0 is for that of the flags.
	Patience time.Duration
}

// Open reads the kubeconfig. It calls nobody.
func Open(o Options) (*Cluster, error) {
	namespace, _, err := o.Flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return nil, Explain(err)
	}
	config, err := o.Flags.ToRESTConfig()
	if err != nil {
		return nil, Explain(err)
	}
	config.UserAgent = o.UserAgent
	config.QPS, config.Burst = 50, 300
	config.Timeout = cmp.Or(o.Patience, config.Timeout)
	config.WarningHandlerWithContext = o.Warnings
	c, err := client.NewWithWatch(config, client.Options{Scheme: o.Scheme})
	if err != nil {
		return nil, Explain(err)
	}
	return &Cluster{WithWatch: c, Namespace: namespace, Config: config}, nil
}

// ErrNotInstalled says that the API server does not know Callplane's kinds.
var ErrNotInstalled = errors.New("this cluster does not have Callplane: its CRDs are not installed; `kubectl phonenumber doctor` says more")

// Explain says in a sentence what a person can do about an error of the API server, or of
// the way there.
func Explain(err error) error {
	var unreachable *url.Error
	switch {
	case err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded):
		return err
	case meta.IsNoMatchError(err):
		return ErrNotInstalled
	case clientcmd.IsEmptyConfig(err):
		return errors.New("there is no kubeconfig: set KUBECONFIG, or pass --kubeconfig")
	case errors.As(err, &unreachable):
		return fmt.Errorf("the API server cannot be reached: %w", unreachable)
	default:
		return err
	}
}
