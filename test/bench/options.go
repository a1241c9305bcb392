package main

import (
	"flag"
	"strings"
	"time"

	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/scenario"
)

type options struct {
	// What a person can set.
	only, out, managerFlags, managerLog, profiles string
	quick, pinned, peer                           bool
	rounds, fleet                                 int
	idle                                          time.Duration
	seed                                          uint64
	limits                                        bound.Limits

	// What this program sets when it starts itself.
	role, listen, control string
	pin                   int
}

func parse() *options {
	o := &options{}
	flag.StringVar(&o.only, "only", "", "metrics to measure, comma-separated: P1 to P8, curve, lifecycle (the half of the curve that sets numbers up and tears them down) and livekit (default: all)")
	flag.StringVar(&o.out, "out", "bin/bench", "folder for results")
	flag.BoolVar(&o.quick, "quick", false, "small sizes, to see whether everything works: the ratios mean little")
	flag.BoolVar(&o.pinned, "pin", true, "give the manager a core of its own")
	flag.BoolVar(&o.peer, "peer", true, "measure the peer too")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each contestant is measured, twice a round")
	flag.IntVar(&o.fleet, "fleet", 10_000, "the largest fleet")
	flag.DurationVar(&o.idle, "idle", 2*time.Minute, "how long a fleet at rest is watched for writes")
	flag.Uint64Var(&o.seed, "seed", defaultSeed, "seed of faults")
	flag.StringVar(&o.managerFlags, "manager-flags", "", "flags for the manager, separated by spaces")
	flag.StringVar(&o.managerLog, "manager-log", "", "file for what the manager prints")
	flag.StringVar(&o.profiles, "profiles", "", "folder for CPU and heap profiles of manager and API server")
	flag.DurationVar(&o.limits.Latency, "latency", 200*time.Millisecond, "latency of the providers where times are measured")
	flag.IntVar(&o.limits.Concurrent, "concurrent", 10, "requests at once that Twilio allows")
	flag.IntVar(&o.limits.PerMinute, "per-minute", 6000, "requests a minute that LiveKit allows")
	flag.IntVar(&o.limits.Burst, "burst", 600, "requests at once that LiveKit allows after a rest")
	flag.StringVar(&o.role, "role", "", "internal: what this process is")
	flag.StringVar(&o.listen, "listen", "", "internal: where it serves")
	flag.StringVar(&o.control, "control", "", "internal: where it is controlled")
	flag.IntVar(&o.pin, "pin-to", -1, "internal: core for the program that follows")
	flag.Parse()
	return o
}

func (o *options) rigOptions() rig.Options {
	return rig.Options{Pin: o.pinned, ManagerFlags: strings.Fields(o.managerFlags), Profiles: o.profiles}
}

func (o *options) sizes() scenario.Sizes {
	sizes := scenario.Sizes{
		Rounds: o.rounds, Lifecycles: 500, Teardowns: 1000, Singles: 100, Fleet: o.fleet, Dying: 100,
		Tenants: 10, TenantNumbers: 100, Curve: []int{100, 1000, 10_000}, Sweep: time.Minute, Idle: o.idle,
	}
	if o.quick {
		sizes = scenario.Sizes{
			Rounds: 1, Lifecycles: 20, Teardowns: 40, Singles: 5, Fleet: 100, Dying: 20,
			Tenants: 3, TenantNumbers: 10, Curve: []int{100}, Sweep: 15 * time.Second, Idle: 5 * time.Second,
		}
	}
	return sizes
}
