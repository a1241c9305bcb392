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
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

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
	return allowed(ctx, out, watched.Client{Client: direct, Namespaces: namespaces}, mostPatience)
}

// mostPatience is how long the manager has to let go of what nobody needs any more, which
// takes it a few seconds.
const mostPatience = time.Minute

// allowed fails while anything needs the manager: what has something at the providers, at
// once; what the manager holds with a finalizer, if it does not let go of it in time.
func allowed(ctx context.Context, out io.Writer, reader client.Reader, patience time.Duration) error {
	owners, err := left(ctx, reader, anything, v1alpha1.KindPhoneNumber, v1alpha1.KindSIPTrunk)
	if err != nil {
		return err
	}
	if len(owners) > 0 {
		return fmt.Errorf("callplane must not be uninstalled yet: without its manager nothing takes down what these have at the providers, and they cannot be deleted: %s. Delete them first, and wait until they are gone", some(owners))
	}
	var held []string
	err = wait.PollUntilContextTimeout(ctx, time.Second, patience, true, func(ctx context.Context) (bool, error) {
		now, err := left(ctx, reader, isHeld, v1alpha1.KindTwilioAccount, v1alpha1.KindLiveKitProject, v1alpha1.KindVoiceAgent)
		if err != nil {
			return false, err
		}
		held = now
		return len(held) == 0, nil
	})
	if len(held) > 0 && wait.Interrupted(err) {
		return fmt.Errorf("callplane must not be uninstalled yet: no number needs these any more, but only its manager takes the finalizer %s off them and their Secrets, and does not: %s. See whether it runs; --no-hooks passes this over", v1alpha1.FinalizerInUse, some(held))
	}
	if err == nil {
		fmt.Fprintln(out, "No PhoneNumber and no SIPTrunk is left: Callplane may be uninstalled.")
	}
	return err
}

func anything(client.Object) bool { return true }

func isHeld(object client.Object) bool {
	return controllerutil.ContainsFinalizer(object, v1alpha1.FinalizerInUse)
}

// left names the objects of some kinds. A kind that the cluster does not know has none.
func left(ctx context.Context, reader client.Reader, counts func(client.Object) bool, kinds ...string) ([]string, error) {
	var names []string
	for _, kind := range kinds {
		var list metav1.PartialObjectMetadataList
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind + "List"))
		if err := reader.List(ctx, &list); meta.IsNoMatchError(err) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("listing objects of the kind %s: %w", kind, err)
		}
		for i := range list.Items {
			if counts(&list.Items[i]) {
				names = append(names, kind+" "+list.Items[i].Namespace+"/"+list.Items[i].Name)
			}
		}
	}
	return names, nil
}

// named is how many of those that are left are named: a fleet has thousands.
const named = 10

func some(names []string) string {
	shown := strings.Join(names[:min(len(names), named)], ", ")
	if more := len(names) - named; more > 0 {
		shown += fmt.Sprintf(" and %d more", more)
	}
	return shown
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
