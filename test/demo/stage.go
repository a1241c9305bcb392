package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/world"
)

const (
	// namespace is where the story plays.
	namespace = "demo"
	// startLimit bounds the start of everything, which takes seconds.
	startLimit = 3 * time.Minute
	endLimit   = 30 * time.Second
)

// stage is all that runs: it is raised once, and ended in the reverse order.
type stage struct {
	*screen
	root   string
	folder *folder
	shell  *shell
	plane  *kube.ControlPlane
	world  *world.World

	manager    *world.Manager
	managerLog *os.File
}

func (s *stage) raise(ctx context.Context) error {
	limited, cancel := context.WithTimeout(ctx, startLimit)
	defer cancel()
	for _, step := range []func(context.Context) error{
		s.prepare, s.startKubernetes, s.openShell, s.startProviders, s.install, s.startManager,
	} {
		if err := step(limited); err != nil {
			return err
		}
	}
	return nil
}

// open raises the stage for somebody who makes numbers by hand, and has the account own
// some.
func (s *stage) open(ctx context.Context) error {
	if err := s.raise(ctx); err != nil {
		return err
	}
	addNumbers(s.world)
	return writeObjects(s.folder, s.world)
}

// prepare has every program started by a name in the demo's folder, and has
// temporary files there too.
func (s *stage) prepare(context.Context) error {
	for _, name := range []string{"etcd", "kube-apiserver", "kube-controller-manager", "kubectl"} {
		target, err := assets.Kubernetes(name)
		if err != nil {
			return err
		}
		if _, err := s.folder.link(target); err != nil {
			return err
		}
	}
	if err := s.linkAs(assets.LiveKitPath, assets.LiveKitServer); err != nil {
		return err
	}
	if err := s.linkAs(world.ManagerPath, world.ManagerProgram); err != nil {
		return err
	}
	return errors.Join(os.Setenv(assets.KubernetesFolder, s.folder.join("programs")), os.Setenv("TMPDIR", s.folder.join("tmp")))
}

// linkAs has a variable name the link in place of the program.
func (s *stage) linkAs(variable string, find func() (string, error)) error {
	target, err := find()
	if err != nil {
		return err
	}
	path, err := s.folder.link(target)
	if err != nil {
		return err
	}
	return os.Setenv(variable, path)
}

func (s *stage) startKubernetes(ctx context.Context) error {
	return s.during("Starting Kubernetes: etcd, kube-apiserver, kube-controller-manager", func() (err error) {
		s.plane, err = kube.Start(ctx, kube.Options{CRDs: []string{filepath.Join(s.root, "config", "crd", "bases")}})
		return err
	})
}

// openShell makes the kubeconfig that people use too.
func (s *stage) openShell(context.Context) error {
	kubeconfig := s.folder.join("kubeconfig")
	if err := s.plane.WriteKubeconfig(kubeconfig, namespace); err != nil {
		return err
	}
	home := s.folder.join("home")
	s.shell = &shell{screen: s.screen, dir: s.root, env: process.Environment(
		"PATH="+s.folder.join("programs")+string(os.PathListSeparator)+os.Getenv("PATH"),
		"KUBECONFIG="+kubeconfig, "HOME="+home, "KUBECACHEDIR="+filepath.Join(home, "cache"))}
	return nil
}

func (s *stage) startProviders(ctx context.Context) (err error) {
	if s.managerLog, err = os.Create(s.folder.join("manager.log")); err != nil {
		return err
	}
	return s.during("Starting a LiveKit server and a simulator of Twilio", func() (err error) {
		s.world, err = world.New(ctx, s.plane, world.Options{Namespace: namespace, ManagerLog: s.managerLog, Logf: func(string, ...any) {}})
		return err
	})
}

func (s *stage) install(ctx context.Context) error {
	s.say("Callplane is installed as in any cluster:")
	return s.shell.runBriefly(ctx, "kubectl apply --server-side -k config/default", 3)
}

// startManager gives the manager the times that it has in production: the story
// needs no shorter ones.
func (s *stage) startManager(ctx context.Context) error {
	s.say("This cluster has no nodes, so the manager runs here, as its ServiceAccount and",
		"with the times that it has by default.")
	return s.during("Starting callplane-manager", func() (err error) {
		s.manager, err = s.world.StartManager(ctx, "--create-grace=30s", "--corrupted-after=2m")
		return err
	})
}

// stay returns when it is interrupted, or when the manager ends by itself.
func (s *stage) stay(ctx context.Context) error {
	for s.manager.Running() {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(time.Second):
		}
	}
	return fmt.Errorf("callplane-manager has ended; the end of its log:\n%s", s.manager.Log())
}

// end stops what was started. It has a limit of its own, since it often follows
// an interrupt.
func (s *stage) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), endLimit)
	defer cancel()
	err := s.during("\nEnding everything and removing its files", func() error {
		var failures []error
		if s.world != nil {
			failures = append(failures, s.world.Close(ctx))
		}
		if s.managerLog != nil {
			failures = append(failures, s.managerLog.Close())
		}
		if s.plane != nil {
			failures = append(failures, s.plane.Stop())
		}
		return errors.Join(append(failures, s.folder.remove())...)
	})
	return err
}
