package fleet

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bench/rig"
)

// A View follows the numbers of a fleet from when it was made.
type View struct {
	mu     sync.Mutex
	ready  map[string]time.Time // zero while not ready
	gone   map[string]time.Time
	ended  error
	cancel context.CancelFunc
}

// Watch begins with the numbers that are there.
func (f *Fleet) Watch(ctx context.Context) (*View, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := f.Rig.Client.Watch(ctx, &v1alpha1.PhoneNumberList{}, client.InNamespace(f.Namespace))
	if err != nil {
		cancel()
		return nil, err
	}
	v := &View{ready: map[string]time.Time{}, gone: map[string]time.Time{}, cancel: cancel}
	go func() {
		for event := range stream.ResultChan() {
			v.note(event)
		}
		v.fail(errors.New("the watch on numbers has ended"))
	}()
	return v, nil
}

// fail keeps the first reason why nothing more will be seen.
func (v *View) fail(reason error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.ended == nil {
		v.ended = reason
	}
}

// Stop ends the watch.
func (v *View) Stop() { v.cancel() }

func (v *View) note(event watch.Event) {
	number, ok := event.Object.(*v1alpha1.PhoneNumber)
	if !ok {
		v.fail(apierrors.FromObject(event.Object))
		return
	}
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	if event.Type == watch.Deleted {
		delete(v.ready, number.Name)
		v.gone[number.Name] = now
		return
	}
	since := v.ready[number.Name]
	if since.IsZero() && meta.IsStatusConditionTrue(number.Status.Conditions, v1alpha1.ConditionReady) {
		since = now
	}
	v.ready[number.Name] = since
}

// AwaitReady returns when so many numbers are ready, and when each became so.
func (v *View) AwaitReady(ctx context.Context, count int) (map[string]time.Time, error) {
	ready := map[string]time.Time{}
	err := v.await(ctx, func() string {
		clear(ready)
		for name, since := range v.ready {
			if !since.IsZero() {
				ready[name] = since
			}
		}
		if len(ready) < count {
			return fmt.Sprintf("%d of %d numbers are ready", len(ready), count)
		}
		return ""
	})
	return ready, err
}

// AwaitGone returns when so many numbers have gone, and when each went.
func (v *View) AwaitGone(ctx context.Context, count int) (map[string]time.Time, error) {
	gone := map[string]time.Time{}
	err := v.await(ctx, func() string {
		if len(v.gone) < count {
			return fmt.Sprintf("%d of %d numbers are gone", len(v.gone), count)
		}
		maps.Copy(gone, v.gone)
		return ""
	})
	return gone, err
}

// Ready returns when a number became ready, once it is.
func (v *View) Ready(ctx context.Context, name string) (time.Time, error) {
	var since time.Time
	err := v.await(ctx, func() string {
		if since = v.ready[name]; since.IsZero() {
			return name + " is not ready"
		}
		return ""
	})
	return since, err
}

// Gone is how many numbers have gone.
func (v *View) Gone() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return len(v.gone)
}

func (v *View) await(ctx context.Context, lacks func() string) error {
	for {
		v.mu.Lock()
		what, ended := lacks(), v.ended
		v.mu.Unlock()
		if what == "" {
			return nil
		}
		if ended != nil {
			return fmt.Errorf("%s: %w", what, ended)
		}
		if err := rig.Pause(ctx, 20*time.Millisecond); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
}
