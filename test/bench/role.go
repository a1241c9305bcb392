package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/test/bench/fleet"
	"github.com/callplane/callplane/test/bench/informer"
	"github.com/callplane/callplane/test/bench/rawclient"
	"github.com/callplane/callplane/test/bench/wire"
	"github.com/callplane/callplane/test/world"

	"github.com/callplane/callplane/test/bench/standin"
)

// play is this program as one of the processes that a benchmark consists of.
func (o *options) play(ctx context.Context) error {
	switch o.role {
	case "twilio":
		handler, controls := standin.NewTwilio(func(string, ...any) {})
		return standin.Serve(ctx, o.listen, o.control, handler, controls)
	case "livekit":
		handler, controls := standin.NewLiveKit()
		return standin.Serve(ctx, o.listen, o.control, handler, controls)
	case "informer":
		return o.follow(ctx)
	case "raw":
		return o.drain(ctx)
	default:
		return fmt.Errorf("there is no role %q", o.role)
	}
}

func (o *options) follow(ctx context.Context) error {
	ctrl.SetLogger(logr.Discard())
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.QPS = -1
	return informer.Run(ctx, config, o.listen, o.control)
}

func (o *options) drain(ctx context.Context) error {
	ctrl.SetLogger(logr.Discard())
	config, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	config.QPS, config.WarningHandler = -1, rest.NoWarnings{}
	objects, err := client.New(config, client.Options{Scheme: world.Scheme()})
	if err != nil {
		return err
	}
	var job wire.Job
	if err := json.Unmarshal([]byte(os.Getenv(wire.JobVariable)), &job); err != nil {
		return fmt.Errorf("reading %s: %w", wire.JobVariable, err)
	}
	raw := rawclient.Client{Objects: objects, Calls: wire.New(job), Job: job, Spare: fleet.ModelName}
	return raw.Drain(ctx)
}
