// Package rig puts up what a benchmark runs on, all on loopback and each part as a
// process of its own: etcd and kube-apiserver, the stand-ins of Twilio and LiveKit,
// the built manager and its rivals. It counts and weighs, and decides nothing about
// what is measured.
package rig

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"k8s.io/client-go/rest"
	ctrlclient "sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/bench/standin"
	"github.com/callplane/callplane/test/world"
)

// Options of a Rig.
type Options struct {
	// Pin has what is measured run on a core of its own, and all else on another one.
	Pin bool
	// ManagerFlags go to the manager after those of the rig.
	ManagerFlags []string
	// Log gets what the manager prints; nil: its end is in errors only.
	Log *os.File
	// Profiles is the folder for CPU and heap profiles; empty: none are taken.
	Profiles string
}

// A Rig is one of each, without a manager. It is for one measurement: nothing of an
// earlier one is in its cluster.
type Rig struct {
	Plane   *kube.ControlPlane
	Client  ctrlclient.WithWatch
	Twilio  *standin.Twilio
	LiveKit *standin.LiveKit

	options  Options
	self     string
	root     string
	programs []*Program
}

// Start starts everything but the manager, and installs Callplane.
func Start(ctx context.Context, options Options) (*Rig, error) {
	r := &Rig{options: options}
	for _, step := range []func(context.Context) error{r.find, r.startKubernetes, r.install, r.startTwilio, r.startLiveKit} {
		if err := step(ctx); err != nil {
			return nil, errors.Join(err, r.Stop())
		}
	}
	return r, nil
}

func (r *Rig) find(context.Context) (err error) {
	if r.self, err = os.Executable(); err != nil {
		return err
	}
	r.root, err = assets.Root()
	return err
}

// startKubernetes leaves the controllers out: no namespace is deleted here, and
// nothing has dependents. The bed turns profiling off, and the last flag counts.
func (r *Rig) startKubernetes(ctx context.Context) (err error) {
	crds := []string{filepath.Join(r.root, "config", "crd", "bases"), filepath.Join(r.root, "test", "bench", "peer", "crd.yaml")}
	r.Plane, err = kube.Start(ctx, kube.Options{
		CRDs: crds, WithoutControllers: true, APIServerArgs: []string{"--profiling=" + strconv.FormatBool(r.options.Profiles != "")},
	})
	if err != nil {
		return err
	}
	config := r.Plane.Config()
	config.WarningHandler = rest.NoWarnings{} // each DELETE comes with one
	r.Client, err = ctrlclient.NewWithWatch(config, ctrlclient.Options{Scheme: world.Scheme()})
	return err
}

func (r *Rig) install(ctx context.Context) error {
	_, _, err := r.Plane.Kubectl(ctx, "apply", "--server-side", "-k", filepath.Join(r.root, "config", "default"))
	if err != nil {
		return fmt.Errorf("installing Callplane: %w", err)
	}
	return nil
}

func (r *Rig) startTwilio(ctx context.Context) (err error) {
	r.Twilio, err = standin.StartTwilio(ctx, r.role("twilio"))
	return err
}

func (r *Rig) startLiveKit(ctx context.Context) (err error) {
	r.LiveKit, err = standin.StartLiveKit(ctx, r.role("livekit"))
	return err
}

// role is this program once more, as something else.
func (r *Rig) role(name string) func(address, control string) process.Spec {
	return func(address, control string) process.Spec {
		return process.Spec{
			Name: name, Path: r.self, Args: []string{"-role=" + name, "-listen=" + address, "-control=" + control},
			Env: process.Environment(),
		}
	}
}

// Configure gives both providers the same settings.
func (r *Rig) Configure(settings standin.Settings) error {
	return errors.Join(r.Twilio.Configure(settings), r.LiveKit.Configure(settings))
}

// Forget empties the logs of both providers.
func (r *Rig) Forget() error { return errors.Join(r.Twilio.Forget(), r.LiveKit.Forget()) }

// Calls are those at both providers.
func (r *Rig) Calls() ([]standin.Call, error) {
	twilio, err := r.Twilio.Calls()
	if err != nil {
		return nil, err
	}
	liveKit, err := r.LiveKit.Calls()
	return append(twilio, liveKit...), err
}

// Quiet returns once neither provider has had a call for a while.
func (r *Rig) Quiet(ctx context.Context, while time.Duration) error {
	const every = 250 * time.Millisecond
	last, since := -1, time.Now()
	for time.Since(since) < while {
		twilio, errTwilio := r.Twilio.Count()
		liveKit, errLiveKit := r.LiveKit.Count()
		if err := errors.Join(errTwilio, errLiveKit); err != nil {
			return err
		}
		if now := twilio + liveKit; now != last {
			last, since = now, time.Now()
		}
		if err := Pause(ctx, every); err != nil {
			return fmt.Errorf("waiting until the providers get no more calls: %w", err)
		}
	}
	return nil
}

// Pause waits.
func Pause(ctx context.Context, length time.Duration) error {
	select {
	case <-time.After(length):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Stop ends everything.
func (r *Rig) Stop() error {
	var failures []error
	for _, program := range r.programs {
		failures = append(failures, program.Stop())
	}
	if r.Twilio != nil && r.Twilio.Process != nil {
		failures = append(failures, r.Twilio.Stop())
	}
	if r.LiveKit != nil && r.LiveKit.Process != nil {
		failures = append(failures, r.LiveKit.Stop())
	}
	if r.Plane != nil {
		failures = append(failures, r.Plane.Stop())
	}
	return errors.Join(failures...)
}
