package kube

import (
	"context"
	"errors"

	"github.com/callplane/callplane/test/bed/process"
)

var errStopped = errors.New("the control plane is not running")

// PauseAPIServer freezes kube-apiserver: once it returns, connections are accepted
// and nothing answers. ResumeAPIServer undoes it.
func (c *ControlPlane) PauseAPIServer() error { return c.onAPIServer((*process.Process).Pause) }

// ResumeAPIServer lets a paused kube-apiserver go on.
func (c *ControlPlane) ResumeAPIServer() error { return c.onAPIServer((*process.Process).Resume) }

func (c *ControlPlane) onAPIServer(act func(*process.Process) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.serving() {
		return errStopped
	}
	return act(c.apiServer.run)
}

// serving is false after Stop, when nothing may be started again.
func (c *ControlPlane) serving() bool { return c.apiServer.run.Running() }

// RestartAPIServer stops kube-apiserver, starts it at the same address and waits
// until it is ready.
func (c *ControlPlane) RestartAPIServer(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.serving() {
		return errStopped
	}
	return c.apiServer.restart(ctx)
}

// RestartEtcd lets etcd crash, starts it on the same data and waits until it and
// kube-apiserver are ready. An etcd that is asked to end waits several seconds
// for its clients; a crash loses no data.
func (c *ControlPlane) RestartEtcd(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.serving() {
		return errStopped
	}
	c.etcd.run.Kill()
	if err := c.etcd.start(ctx); err != nil {
		return err
	}
	return c.apiServer.run.Await(ctx, c.apiServer.ready)
}

// RestartControllerManager makes the controllers look at everything anew; the
// garbage collector then knows kinds that were added since it started.
func (c *ControlPlane) RestartControllerManager(ctx context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.serving() || c.manager == nil {
		return errStopped
	}
	return c.manager.restart(ctx)
}
