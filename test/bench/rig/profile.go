package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"
	"k8s.io/client-go/rest"
)

// profileSeconds is how long the CPU is watched.
const profileSeconds = 15

// During does something and meanwhile, if profiles are wanted, takes CPU profiles of a
// program and of kube-apiserver; heap profiles follow. Their names begin with name.
func (r *Rig) During(ctx context.Context, name string, program *Program, do func(ctx context.Context) error) error {
	if r.options.Profiles == "" {
		return do(ctx)
	}
	admin, err := rest.HTTPClientFor(r.Plane.Config())
	if err != nil {
		return err
	}
	sources := []source{
		{name + "-manager", program.Pprof, http.DefaultClient},
		{name + "-apiserver", r.Plane.Config().Host, admin},
	}
	cpu := fmt.Sprintf("profile?seconds=%d", profileSeconds)
	group, both := errgroup.WithContext(ctx)
	group.Go(func() error { return do(both) })
	for _, s := range sources {
		group.Go(func() error { return s.save(both, r.options.Profiles, "cpu", cpu) })
	}
	failures := []error{group.Wait()}
	for _, s := range sources {
		failures = append(failures, s.save(ctx, r.options.Profiles, "heap", "heap"))
	}
	return errors.Join(failures...)
}

// A source serves profiles of one program.
type source struct {
	name, url string
	client    *http.Client
}

func (s source) save(ctx context.Context, folder, kind, path string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url+"/debug/pprof/"+path, nil)
	if err != nil {
		return err
	}
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("taking a profile: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("taking a profile: %s answered %s", s.name, response.Status)
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(folder, s.name+"-"+kind+".pprof"))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}
