// Package standin runs the simulated providers as processes of their own, with fixed
// latency and fixed limits, and lets a benchmark configure, fill and read them. It
// knows what the providers allow, and nothing of what a client makes of it.
package standin

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/rpc"
	"time"

	"github.com/callplane/callplane/test/bed/process"
)

// Settings are what a provider allows.
type Settings struct {
	// Latency is spent before every answer.
	Latency time.Duration
	// Concurrent is how many requests of one account may be under way at Twilio; zero
	// means no limit. Twilio refuses more with 429 and code 20429.
	Concurrent int
	// PerMinute and Burst are how many requests LiveKit takes, on average and at once;
	// zero means no limit. It refuses more with 429.
	PerMinute, Burst int
	// Pages has LiveKit's lists end after a page.
	Pages bool
}

// A Mix is which shares of all requests are spoiled.
type Mix struct {
	Seed uint64
	// Throttled get 429, Failed get 500, and Lost are carried out and get 504.
	Throttled, Failed, Lost float64
}

// Share is how much is spoiled in all.
func (m Mix) Share() float64 { return m.Throttled + m.Failed + m.Lost }

// A Call is one request, as the provider saw it.
type Call struct {
	// Operation such as "twilio number.fetch" or "livekit CreateSIPDispatchRule", as in
	// docs/costs.md.
	Operation string
	// Account is that of the credentials at Twilio, and empty at LiveKit.
	Account string
	// Subject is the first id that the request names, if it names one.
	Subject  string
	Arrived  time.Time
	Answered time.Time
	Status   int
}

// None is the argument or the reply of what needs none.
type None struct{}

// Serve serves a provider at one address, and its controls at another, until ctx ends.
func Serve(ctx context.Context, address, control string, provider http.Handler, controls any) error {
	commands := rpc.NewServer()
	if err := commands.RegisterName("Provider", controls); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", control)
	if err != nil {
		return err
	}
	go commands.Accept(listener)
	server := &http.Server{Addr: address, Handler: provider, ReadHeaderTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		_ = listener.Close() // it ends with the process
		_ = server.Close()
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// A remote is a provider in a process of its own, as seen from outside.
type remote struct {
	*process.Process
	// URL is where the provider is.
	URL      string
	commands *rpc.Client
}

// start starts a program that serves a provider: it is given both addresses.
func start(ctx context.Context, program func(address, control string) process.Spec) (remote, error) {
	var r remote
	err := process.OnFreePorts(2, func(ports []int) error {
		address, control := fmt.Sprintf("127.0.0.1:%d", ports[0]), fmt.Sprintf("127.0.0.1:%d", ports[1])
		run, err := process.Start(program(address, control))
		if err != nil {
			return err
		}
		r.Process, r.URL = run, "http://"+address
		return run.Await(ctx, func(context.Context) error {
			r.commands, err = rpc.Dial("tcp", control)
			return err
		})
	})
	return r, err
}

func (r remote) call(method string, argument, reply any) error {
	if err := r.commands.Call("Provider."+method, argument, reply); err != nil {
		return fmt.Errorf("telling a provider to %s: %w", method, err)
	}
	return nil
}

// Configure replaces the settings.
func (r remote) Configure(settings Settings) error { return r.call("Configure", settings, &None{}) }

// Spoil replaces the mix of faults.
func (r remote) Spoil(mix Mix) error { return r.call("Spoil", mix, &None{}) }

// ask returns the reply to a command.
func ask[T any](r remote, method string, argument any) (T, error) {
	var reply T
	err := r.call(method, argument, &reply)
	return reply, err
}

// Calls returns the requests since the last Forget, in the order of their arrival.
func (r remote) Calls() ([]Call, error) { return ask[[]Call](r, "Calls", None{}) }

// Count is how many calls there were since the last Forget.
func (r remote) Count() (int, error) { return ask[int](r, "Count", None{}) }

// Forget empties the log.
func (r remote) Forget() error { return r.call("Forget", None{}, &None{}) }
