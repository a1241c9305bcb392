// Command bench measures Callplane beside its rivals and beside what the providers
// allow, on a real etcd and kube-apiserver and simulated providers, all on loopback.
// See docs/performance.md.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"

	"github.com/callplane/callplane/test/bed/assets"
	"github.com/callplane/callplane/test/bench/bound"
	"github.com/callplane/callplane/test/bench/plot"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/scenario"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	o := parse()
	err := o.run(ctx)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}

func (o *options) run(ctx context.Context) error {
	switch {
	case o.pin >= 0:
		return rig.Exec(o.pin, flag.Arg(0), flag.Args()[1:])
	case o.role != "":
		return o.play(ctx)
	default:
		return o.bench(ctx)
	}
}

func (o *options) bench(ctx context.Context) error {
	log.SetFlags(log.Ltime)
	ctrl.SetLogger(logr.Discard())
	if flag.NArg() > 0 {
		return fmt.Errorf("%q is no flag", flag.Arg(0))
	}
	if err := o.moveAside(); err != nil {
		return err
	}
	b, err := o.newBench()
	if err != nil {
		return err
	}
	chosen, err := o.chosen()
	if err != nil {
		return err
	}
	start := time.Now()
	for _, s := range chosen {
		if err := s.Run(ctx, b); err != nil {
			b.Report.Failures = append(b.Report.Failures, fmt.Sprintf("%s: %v", strings.Join(s.Metrics, ", "), err))
			b.Say("%s failed: %v", strings.Join(s.Metrics, ", "), err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	b.Report.Took = time.Since(start).Round(time.Second).String()
	return o.finish(b)
}

// moveAside has this process, and all that it starts from now on, run on the core
// that is not the manager's.
func (o *options) moveAside() error {
	if !o.pinned || os.Getenv(rig.ManagerCore) != "" {
		return nil
	}
	manager, rest, ok := rig.Cores()
	if !ok {
		log.Print("There are no two cores to pin to: the manager shares one with all else, and times say less.")
		o.pinned = false
		return nil
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Setenv(rig.ManagerCore, strconv.Itoa(manager)); err != nil {
		return err
	}
	return rig.Exec(rest, self, os.Args[1:])
}

func (o *options) newBench() (*scenario.Bench, error) {
	root, err := assets.Root()
	if err != nil {
		return nil, err
	}
	page, err := os.Open(filepath.Join(root, "docs", "costs.md"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = page.Close() }()
	costs, err := bound.ReadCosts(page)
	if err != nil {
		return nil, err
	}
	b := &scenario.Bench{Rig: o.rigOptions(), Sizes: o.sizes(), Limits: o.limits, Costs: costs, Peer: o.peer, Seed: o.seed, Say: log.Printf}
	if o.managerLog != "" {
		if b.Rig.Log, err = os.Create(o.managerLog); err != nil {
			return nil, err
		}
	}
	b.Report.Started, b.Report.Settings = time.Now().UTC(), o.described()
	log.Printf("The seed of faults is %d.", o.seed)
	return b, nil
}

func (o *options) chosen() ([]scenario.Scenario, error) {
	if o.only == "" {
		return scenario.All, nil
	}
	wanted := strings.Split(o.only, ",")
	var chosen []scenario.Scenario
	for _, s := range scenario.All {
		if slices.ContainsFunc(s.Metrics, func(metric string) bool { return slices.Contains(wanted, metric) }) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("-only=%s names no metric", o.only)
	}
	return chosen, nil
}

// finish writes what was measured into the folder, and prints it.
func (o *options) finish(b *scenario.Bench) error {
	text, err := b.Report.JSON()
	if err != nil {
		return err
	}
	name := b.Report.Started.Format("20060102-150405")
	files := map[string]string{name + ".json": string(text), name + ".md": b.Report.Markdown()}
	if len(b.Report.Curves) > 0 {
		files[name+".svg"] = plot.SVG(b.Report.Curves)
	}
	failures := []error{os.MkdirAll(o.out, 0o755)}
	for file, content := range files {
		failures = append(failures, os.WriteFile(filepath.Join(o.out, file), []byte(content), 0o644))
	}
	_, err = io.WriteString(os.Stdout, "\n"+b.Report.Text())
	failures = append(failures, err)
	if len(b.Report.Failures) > 0 {
		failures = append(failures, errors.New("not everything could be measured"))
	}
	log.Printf("Written to %s", filepath.Join(o.out, name+".*"))
	return errors.Join(failures...)
}

func (o *options) described() map[string]string {
	return map[string]string{
		"go": runtime.Version(), "os": runtime.GOOS + "/" + runtime.GOARCH, "pinned": strconv.FormatBool(o.pinned),
		"latency": o.limits.Latency.String(), "concurrent": strconv.Itoa(o.limits.Concurrent),
		"perMinute": strconv.Itoa(o.limits.PerMinute), "burst": strconv.Itoa(o.limits.Burst),
		"seed": strconv.FormatUint(o.seed, 10), "flags": strings.Join(os.Args[1:], " "), "managerFlags": o.managerFlags,
	}
}

var defaultSeed = rand.Uint64()
