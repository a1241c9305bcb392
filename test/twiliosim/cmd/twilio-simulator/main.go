// Command twilio-simulator serves a simulated Twilio account on loopback until it is interrupted. It prints where it listens and the
// credentials to use.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/callplane/callplane/test/twiliosim"
)

type options struct {
	listen, account, token, numbers, available, country string
	latency                                             time.Duration
	maxConcurrent                                       int
	faultRate                                           float64
	seed                                                uint64
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, parse())
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func parse() options {
	var o options
	flag.StringVar(&o.listen, "listen", "127.0.0.1:8020", "address to listen on")
	flag.StringVar(&o.account, "account", "", "account SID (default: random)")
	flag.StringVar(&o.token, "token", "", "auth token (default: random)")
	flag.StringVar(&o.numbers, "numbers", "+14155550100,+14155550101,+14155550102", "numbers the account owns, comma-separated")
	flag.StringVar(&o.available, "available", "+14155550190,+14155550191", "numbers on sale, comma-separated")
	flag.StringVar(&o.country, "country", "US", "country of the numbers on sale")
	flag.DurationVar(&o.latency, "latency", 0, "time spent before every answer")
	flag.IntVar(&o.maxConcurrent, "max-concurrent", 0, "requests of one account at a time before it gets 429 (0: no limit)")
	flag.Float64Var(&o.faultRate, "fault-rate", 0, "share of requests that random faults spoil")
	flag.Uint64Var(&o.seed, "seed", rand.Uint64(), "seed of SIDs and random faults")
	flag.Parse()
	return o
}

func run(ctx context.Context, o options) error {
	simulator := twiliosim.New(twiliosim.WithSeed(o.seed), twiliosim.WithSettings(func(s *twiliosim.Settings) {
		s.Latency, s.MaxConcurrent = o.latency, o.maxConcurrent
	}))
	account := simulator.AddAccount(twiliosim.AccountOptions{SID: o.account, AuthToken: o.token})
	for _, number := range split(o.numbers) {
		simulator.AddNumber(account.SID, number, twiliosim.NumberOptions{})
	}
	simulator.AddAvailableNumbers(o.country, split(o.available)...)
	if o.faultRate > 0 {
		simulator.RandomFaults(o.seed, o.faultRate)
	}
	server, err := twiliosim.Serve(o.listen, simulator)
	if err != nil {
		return err
	}
	defer server.Close()
	fmt.Printf("url %s\naccount %s\ntoken %s\nseed %d\n", server.URL, account.SID, account.AuthToken, o.seed)
	<-ctx.Done()
	return nil
}

func split(list string) []string {
	return strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
}
