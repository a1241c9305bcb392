package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/wait"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/watched"
)

// A command is what the binary does beside being the manager. The image has no
// shell and no other program, so what an installation has to ask is asked by these.
type command func(ctx context.Context, out io.Writer, arguments []string) error

var commands = map[string]command{
	"may-uninstall": mayUninstall,
	"probe":         probe,
}

// runCommand runs the command that the arguments begin with; false if there is none.
func runCommand(ctx context.Context, out io.Writer, arguments []string) (found bool, err error) {
	if len(arguments) == 0 {
		return false, nil
	}
	run, found := commands[arguments[0]]
	if !found {
		return false, nil
	}
	return true, run(ctx, out, arguments[1:])
}

// parseCommand reads the flags of a command and returns what is no flag.
func parseCommand(out io.Writer, usage string, arguments []string, bind func(*flag.FlagSet)) ([]string, error) {
	name, _, _ := strings.Cut(usage, " ")
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(out)
	flags.Usage = func() {
		fmt.Fprintf(out, "Usage: callplane-manager %s\n", usage)
		flags.PrintDefaults()
	}
	bind(flags)
	err := flags.Parse(arguments)
	return flags.Args(), err
}

// mayUninstall fails while there is something that only a running manager takes down.
func mayUninstall(ctx context.Context, out io.Writer, arguments []string) error {
	var namespaces []string
	rest, err := parseCommand(out, "may-uninstall [flags]", arguments, func(flags *flag.FlagSet) {
		flags.Func("watch-namespaces", "comma-separated namespaces to look into (default all of the cluster)", func(value string) error {
			namespaces = separated(value)
			return nil
		})
	})
	if err != nil {
		return err
	}
	if len(rest) > 0 {
		return fmt.Errorf("%q is no flag: write a value as --flag=value", rest[0])
	}
	config, err := ctrl.GetConfig()
	if err != nil {
		return fmt.Errorf("finding the cluster: %w", err)
	}
	config.UserAgent = userAgent
	direct, err := client.New(config, client.Options{Scheme: scheme()})
	if err != nil {
		return fmt.Errorf("reaching the cluster: %w", err)
	}
	owners, err := ownersLeft(ctx, watched.Client{Client: direct, Namespaces: namespaces})
	if err != nil {
		return err
	}
	return refusal(out, owners)
}

// ownersLeft names what has something at the providers. A kind that the cluster does
// not know has no objects.
func ownersLeft(ctx context.Context, reader client.Reader) ([]string, error) {
	var owners []string
	for _, kind := range []string{v1alpha1.KindPhoneNumber, v1alpha1.KindSIPTrunk} {
		var list metav1.PartialObjectMetadataList
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
		if err := reader.List(ctx, &list); meta.IsNoMatchError(err) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("listing objects of the kind %s: %w", kind, err)
		}
		for _, item := range list.Items {
			owners = append(owners, kind+" "+item.Namespace+"/"+item.Name)
		}
	}
	return owners, nil
}

// namedOwners is how many of those that are left are named: a fleet has thousands.
const namedOwners = 10

func refusal(out io.Writer, owners []string) error {
	if len(owners) == 0 {
		fmt.Fprintln(out, "No PhoneNumber and no SIPTrunk is left: Callplane may be uninstalled.")
		return nil
	}
	shown := strings.Join(owners[:min(len(owners), namedOwners)], ", ")
	if more := len(owners) - namedOwners; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return fmt.Errorf("callplane must not be uninstalled yet: without its manager nothing takes down what these have at the providers, and they cannot be deleted: %s. Delete them first, and wait until they are gone", shown)
}

// probe fails unless a URL answers 200 in time.
func probe(ctx context.Context, out io.Writer, arguments []string) error {
	timeout := 30 * time.Second
	rest, err := parseCommand(out, "probe [flags] URL", arguments, func(flags *flag.FlagSet) {
		flags.DurationVar(&timeout, "timeout", timeout, "how long the answer is waited for")
	})
	if err != nil {
		return err
	}
	if len(rest) != 1 {
		return errors.New("probe takes one URL, such as http://callplane-manager:8081/readyz")
	}
	failure := errors.New("it was not asked")
	err = wait.PollUntilContextTimeout(ctx, time.Second, timeout, true, func(ctx context.Context) (bool, error) {
		failure = answersOK(ctx, rest[0])
		return failure == nil, nil
	})
	if err != nil {
		return fmt.Errorf("%s is not ready after %s: %w", rest[0], timeout, failure)
	}
	fmt.Fprintf(out, "%s is ready.\n", rest[0])
	return nil
}

func answersOK(ctx context.Context, url string) error {
	//nolint:gosec // whoever runs the command says whom it asks
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request) //nolint:gosec // as above
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("it answers %s", response.Status)
	}
	return nil
}

// endCommand is the exit code of a command.
func endCommand(err error) int {
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}
