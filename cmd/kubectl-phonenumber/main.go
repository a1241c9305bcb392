// Command kubectl-phonenumber is the kubectl plugin, used as `kubectl phonenumber`. This
// package is its composition root: it names the providers, the clock and the streams.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	_ "k8s.io/client-go/plugin/pkg/client/auth" // how kubeconfigs sign in
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/command"
	"github.com/callplane/callplane/internal/provider"
	"github.com/callplane/callplane/internal/provider/livekit"
	"github.com/callplane/callplane/internal/provider/twilio"
)

// version is set by a release.
var version string

func main() {
	os.Exit(run())
}

func run() int {
	silence()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Some waits end late with ctx, such as that for a connection: a second Ctrl-C ends
	// the process.
	context.AfterFunc(ctx, stop)
	defer stop()
	streams := genericiooptions.IOStreams{In: os.Stdin, Out: os.Stdout, ErrOut: os.Stderr}
	plugin := command.New(command.Options{
		Streams: streams, Version: versionOf(), Clock: clock.RealClock{}, Scheme: scheme(), Environment: os.Getenv, Providers: providers,
	})
	err := plugin.ExecuteContext(ctx)
	if message := command.Message(err); message != "" {
		fmt.Fprintln(streams.ErrOut, message)
	}
	return command.ExitCode(err)
}

// silence turns off the logs of libraries: what a person must know is said in words.
func silence() {
	klog.SetLogger(logr.Discard())
	log.SetLogger(logr.Discard())
}

// versionOf is that of the release or, without one, of the commit that was built.
func versionOf() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func providers(o command.ProviderOptions) provider.Set {
	agent := "kubectl-phonenumber/" + versionOf()
	return provider.Set{
		Carriers: map[string]provider.Carrier{
			v1alpha1.KindTwilioAccount: twilio.New(twilio.Options{BaseURL: o.TwilioURL, UserAgent: agent}),
		},
		Platforms: map[string]provider.Platform{
			v1alpha1.KindLiveKitProject: livekit.New(livekit.Options{AllowedHosts: o.LiveKitHosts, UserAgent: agent}),
		},
	}
}

func scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, apiextensionsv1.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			// Two kinds of one name: a build that can never work.
			panic(err)
		}
	}
	return scheme
}
