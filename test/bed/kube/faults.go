package kube

import (
	"context"
	"errors"
)

var errStopped = errors.New("the control plane is not running")

// unlessStopped keeps parts from being started again after Stop.
func (c *ControlPlane) unlessStopped(act func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.stopped {
		return errStopped
	}
	return act()
}

// PauseAPIServer freezes kube-apiserver: once it returns, connections are accepted
// and nothing answers. ResumeAPIServer undoes it.
func (c *ControlPlane) PauseAPIServer() error {
	return c.unlessStopped(func() error { return c.apiServer.run.Pause() })
}

// ResumeAPIServer lets a paused kube-apiserver go on.
func (c *ControlPlane) ResumeAPIServer() error {
	return c.unlessStopped(func() error { return c.apiServer.run.Resume() })
}

// RestartAPIServer stops kube-apiserver, starts it at the same address and waits
// until it is ready.
func (c *ControlPlane) RestartAPIServer(ctx context.Context) error {
	return c.unlessStopped(func() error { return c.apiServer.restart(ctx) })
}

// RestartEtcd lets etcd crash, starts it on the same data and waits until it and
// kube-apiserver are ready. An etcd that is asked to end waits several seconds
// for its clients; a crash loses no data.
func (c *ControlPlane) RestartEtcd(ctx context.Context) error {
	if err := c.CrashEtcd(); err != nil {
		return err
	}
	return c.StartCrashed(ctx)
}

// RestartControllerManager makes the controllers look at everything anew; the
// garbage collector then knows kinds that were added since it started.
func (c *ControlPlane) RestartControllerManager(ctx context.Context) error {
	return c.unlessStopped(func() error {
		if c.manager == nil {
			return errStopped
		}
		return c.manager.restart(ctx)
	})
}

// CrashAPIServer kills kube-apiserver; StartCrashed undoes it.
func (c *ControlPlane) CrashAPIServer() error {
	return c.unlessStopped(func() error { c.apiServer.run.Kill(); return nil })
}

// CrashEtcd kills etcd; StartCrashed undoes it.
func (c *ControlPlane) CrashEtcd() error {
	return c.unlessStopped(func() error { c.etcd.run.Kill(); return nil })
}

// StartCrashed starts etcd and kube-apiserver where they were killed, on their
// data and at their addresses, and waits until they are ready.
func (c *ControlPlane) StartCrashed(ctx context.Context) error {
	return c.unlessStopped(func() error {
		for _, p := range []*part{c.etcd, c.apiServer} {
			if p.run.Running() {
				continue
			}
			if err := p.start(ctx); err != nil {
				return err
			}
		}
		return c.apiServer.run.Await(ctx, c.apiServer.ready)
	})
}
