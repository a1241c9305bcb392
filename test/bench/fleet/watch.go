package fleet

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
	v := &View{ready: map[string]time.Time{}, gone: map[string]time.Time{}, cancel: cancel}
	stream, err := f.listAndWatch(ctx, v)
	if err != nil {
		cancel()
		return nil, err
	}
	go func() {
		v.fail(f.follow(ctx, v, stream))
	}()
	return v, nil
}

// follow begins anew when a watch ends, which it does on a busy machine.
func (f *Fleet) follow(ctx context.Context, v *View, stream watch.Interface) error {
	for {
		for event := range stream.ResultChan() {
			v.note(event)
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		var err error
		if stream, err = f.listAndWatch(ctx, v); err != nil {
			return fmt.Errorf("watching numbers: %w", err)
		}
	}
}

func (f *Fleet) listAndWatch(ctx context.Context, v *View) (watch.Interface, error) {
	var numbers v1alpha1.PhoneNumberList
	if err := f.Rig.Client.List(ctx, &numbers, client.InNamespace(f.Namespace)); err != nil {
		return nil, err
	}
	v.renew(numbers.Items)
	from := &client.ListOptions{Raw: &metav1.ListOptions{ResourceVersion: numbers.ResourceVersion}}
	return f.Rig.Client.Watch(ctx, &v1alpha1.PhoneNumberList{}, client.InNamespace(f.Namespace), from)
}

// renew notes what a list shows: what it lacks has gone.
func (v *View) renew(numbers []v1alpha1.PhoneNumber) {
	there := map[string]bool{}
	for i := range numbers {
		there[numbers[i].Name] = true
		v.note(watch.Event{Type: watch.Modified, Object: &numbers[i]})
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for name := range v.ready {
		if !there[name] {
			delete(v.ready, name)
			v.gone[name] = time.Now()
		}
	}
}

// fail says why nothing more will be seen.
func (v *View) fail(reason error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.ended = reason
}

// Stop ends the watch.
func (v *View) Stop() { v.cancel() }

func (v *View) note(event watch.Event) {
	number, ok := event.Object.(*v1alpha1.PhoneNumber)
	if !ok {
		return // an error, after which the watch ends
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
