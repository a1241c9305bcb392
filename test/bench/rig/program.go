package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/bench/wire"
	"github.com/callplane/callplane/test/world"
)

// Installation is the id that the manager marks with.
const Installation = "bench0"

// Manager is the user that the manager is.
const Manager = "system:serviceaccount:" + world.ManagerNamespace + ":callplane-manager"

// A Program is the manager, or one of its rivals.
type Program struct {
	*process.Process
	// Pprof is where it serves profiles; the peer does not.
	Pprof string
}

// StartManager starts the built manager as its ServiceAccount, with the times that it
// has in production, and returns when it is ready. Flags come last and win.
func (r *Rig) StartManager(ctx context.Context, flags ...string) (*Program, error) {
	path, err := world.ManagerProgram()
	if err != nil {
		return nil, err
	}
	kubeconfig, err := r.Plane.ServiceAccountKubeconfig(ctx, world.ManagerNamespace, "callplane-manager")
	if err != nil {
		return nil, err
	}
	return r.start(ctx, path, kubeconfig, nil, func(probes, other string) []string {
		arguments := []string{
			"--namespace=" + world.ManagerNamespace, "--installation-id=" + Installation, "--leader-elect=false",
			"--health-probe-bind-address=" + probes, "--metrics-bind-address=0",
			"--twilio-url=" + r.Twilio.URL, "--livekit-allowed-hosts=" + r.LiveKit.URL, "--pprof-bind-address=" + other,
		}
		return append(append(arguments, r.options.ManagerFlags...), flags...)
	})
}

// StartRole starts this program in another role, as administrator, and returns when
// it is ready. It is in the place of the manager.
func (r *Rig) StartRole(ctx context.Context, role string) (*Program, error) {
	return r.start(ctx, r.self, r.Plane.Kubeconfig(), nil, func(probes, other string) []string {
		return []string{"-role=" + role, "-listen=" + probes, "-control=" + other}
	})
}

// RunRole runs this program in another role, as administrator, until it ends by itself.
func (r *Rig) RunRole(ctx context.Context, role string, job wire.Job) error {
	environment, err := jobVariable(job)
	if err != nil {
		return err
	}
	run, err := process.Start(r.pinned(process.Spec{
		Name: role, Path: r.self, Args: []string{"-role=" + role},
		Env: process.Environment(append(environment, "KUBECONFIG="+r.Plane.Kubeconfig())...),
	}))
	if err != nil {
		return err
	}
	r.programs = append(r.programs, &Program{Process: run})
	for run.Running() {
		if err := Pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	if log := run.Log(); log != "" {
		return fmt.Errorf("%s ended and said: %s", role, log)
	}
	return nil
}

func jobVariable(job wire.Job) ([]string, error) {
	text, err := json.Marshal(job)
	return []string{wire.JobVariable + "=" + string(text)}, err
}

// StartPeer starts the peer's binary, as administrator, and returns when it is ready.
func (r *Rig) StartPeer(ctx context.Context, job wire.Job) (*Program, error) {
	environment, err := jobVariable(job)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(r.root, "bin", "callplane-bench-peer")
	return r.start(ctx, path, r.Plane.Kubeconfig(), environment, func(probes, _ string) []string {
		return []string{"-probes=" + probes}
	})
}

func (r *Rig) start(ctx context.Context, path, kubeconfig string, environment []string, arguments func(probes, other string) []string) (*Program, error) {
	var program *Program
	err := process.OnFreePorts(2, func(ports []int) error {
		probes, other := fmt.Sprintf("127.0.0.1:%d", ports[0]), fmt.Sprintf("127.0.0.1:%d", ports[1])
		spec := r.pinned(process.Spec{
			Name: filepath.Base(path), Path: path, Args: arguments(probes, other),
			Env: process.Environment(append(environment, "KUBECONFIG="+kubeconfig)...),
			// Longer than a manager waits for what is under way.
			Grace: time.Minute,
		})
		if r.options.Log != nil {
			spec.Copy = r.options.Log
		}
		run, err := process.Start(spec)
		if err != nil {
			return err
		}
		program = &Program{Process: run, Pprof: "http://" + other}
		r.programs = append(r.programs, program)
		return run.Await(ctx, world.Answers("http://"+probes+"/readyz"))
	})
	return program, err
}

// pinned has a program run on its own core, if there is one.
func (r *Rig) pinned(spec process.Spec) process.Spec {
	if !r.options.Pin {
		return spec
	}
	if core, _, ok := Cores(); ok || os.Getenv(ManagerCore) != "" {
		if fixed, err := strconv.Atoi(os.Getenv(ManagerCore)); err == nil {
			core = fixed
		}
		spec.Args = append([]string{"-pin-to=" + strconv.Itoa(core), "--", spec.Path}, spec.Args...)
		spec.Path = r.self
	}
	return spec
}

// ManagerCore names the variable that says which core is the manager's, for a process
// that is itself pinned to another one.
const ManagerCore = "CALLPLANE_BENCH_MANAGER_CORE"
