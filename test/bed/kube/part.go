package kube

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
)

// part is one program of the control plane, with what it takes to start it
// again as it was. A nil part has not been started.
type part struct {
	spec  process.Spec
	ready func(context.Context) error
	run   *process.Process
}

// newPart is program name of the control plane, not started yet.
func (c *ControlPlane) newPart(name string, args []string, ready func(context.Context) error) (*part, error) {
	path, err := assets.Kubernetes(name)
	if err != nil {
		return nil, err
	}
	spec := process.Spec{
		Name: name, Path: path, Args: args, Dir: c.dir,
		Env: process.Environment("HOME=" + c.dir),
	}
	return &part{spec: spec, ready: ready}, nil
}

// start leaves nothing running when it fails.
func (p *part) start(ctx context.Context) error {
	run, err := process.Start(p.spec)
	if err != nil {
		return err
	}
	p.run = run
	if err := run.Await(ctx, p.ready); err != nil {
		run.Kill()
		return err
	}
	return nil
}

// restart tells of a program that had to be killed, and starts it all the same.
func (p *part) restart(ctx context.Context) error {
	err := p.stop()
	return errors.Join(err, p.start(ctx))
}

func (p *part) stop() error {
	if p == nil || p.run == nil {
		return nil
	}
	return p.run.Stop()
}

func (p *part) log() string {
	if p == nil || p.run == nil {
		return ""
	}
	return fmt.Sprintf("== %s ==\n%s\n", p.spec.Name, p.run.Log())
}

// answersOK is a probe that wants status 200 from url.
func answersOK(client *http.Client, url string) func(context.Context) error {
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		response, err := client.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			return fmt.Errorf("%s answered %s", url, response.Status)
		}
		return nil
	}
}
