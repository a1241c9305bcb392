// Package livekit runs a real livekit-server for tests, with its Redis in the
// same process as the test, and asks it how it would route a call. It makes no
// calls and runs no agents, and knows nothing of Callplane.
package livekit

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"sync"

	"github.com/alicebob/miniredis/v2"
	lksdk "github.com/livekit/server-sdk-go/v2"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bed/process"
)

// Options are what a server can be started with; all have defaults.
type Options struct {
	// APIKey and APISecret are random when empty. The server wants a secret of
	// at least 32 characters.
	APIKey, APISecret string
}

// A Server runs until Stop. Several can run at once. Its methods may be called
// concurrently.
type Server struct {
	redis *miniredis.Miniredis
	port  int

	// mu is held while the server starts or stops.
	mu          sync.Mutex
	key, secret string
	run         *process.Process
	oracle      *Oracle
}

// Start starts Redis and a server on it. ctx bounds the start only.
func Start(ctx context.Context, options Options) (*Server, error) {
	redis, err := miniredis.Run()
	if err != nil {
		return nil, fmt.Errorf("starting miniredis: %w", err)
	}
	s := &Server{redis: redis, key: options.APIKey, secret: options.APISecret}
	if s.key == "" {
		s.key = "API" + rand.Text()
	}
	if s.secret == "" {
		s.secret = rand.Text() + rand.Text()
	}
	err = process.OnFreePorts(1, func(ports []int) error {
		s.port = ports[0]
		return s.Up(ctx)
	})
	if err != nil {
		redis.Close()
		return nil, err
	}
	return s, nil
}

// Up starts a server that is down, on the same Redis and the same port. It does
// nothing to one that runs.
func (s *Server) Up(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.up(ctx)
}

func (s *Server) up(ctx context.Context) error {
	if s.run != nil && s.run.Running() {
		return nil
	}
	path, err := assets.LiveKitServer()
	if err != nil {
		return err
	}
	// The configuration holds the secret, so it is not an argument.
	env := process.Environment("LIVEKIT_CONFIG=" + s.config())
	run, err := process.Start(process.Spec{Name: "livekit-server", Path: path, Env: env})
	if err != nil {
		return err
	}
	if err := s.await(ctx, run); err != nil {
		run.Kill()
		return err
	}
	s.run = run
	return nil
}

// Down stops the server and keeps Redis, and with it all objects.
func (s *Server) Down() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.down()
}

func (s *Server) down() error {
	if s.run == nil {
		return nil
	}
	return s.run.Stop()
}

// Restart stops the server and starts it on the same Redis and the same port. A
// server that had to be killed is an error, and is started all the same.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.down()
	return errors.Join(err, s.up(ctx))
}

// Rekey restarts the server with another key and secret; the old ones are
// refused from then on.
func (s *Server) Rekey(ctx context.Context, key, secret string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.down()
	s.key, s.secret = key, secret
	return errors.Join(err, s.up(ctx))
}

// Stop ends the oracle, the server and Redis, in this order. It may be called
// again.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var err error
	if s.oracle != nil {
		err = s.oracle.Close()
		s.oracle = nil
	}
	err = errors.Join(err, s.down())
	s.redis.Close()
	return err
}

// Redis is the server's store. SetError makes every call fail; FlushAll makes
// the server forget everything.
func (s *Server) Redis() *miniredis.Miniredis { return s.redis }

// URL is the server's address; a restart keeps it.
func (s *Server) URL() string { return fmt.Sprintf("http://127.0.0.1:%d", s.port) }

// APIKey is the key that the server accepts now.
func (s *Server) APIKey() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.key
}

// APISecret is the secret of APIKey.
func (s *Server) APISecret() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secret
}

// SIP is a new client with the present key.
func (s *Server) SIP() *lksdk.SIPClient {
	return lksdk.NewSIPClient(s.URL(), s.APIKey(), s.APISecret())
}

// Log is the end of what the server printed since its last start.
func (s *Server) Log() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.run == nil {
		return ""
	}
	return s.run.Log()
}
