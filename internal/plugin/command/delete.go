package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/deletion"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/progress"
	"github.com/callplane/callplane/internal/plugin/report"
	"github.com/callplane/callplane/internal/plugin/screen"
	"github.com/callplane/callplane/internal/plugin/tree"
)

// Values of --dry-run.
const (
	dryRunNone   = "none"
	dryRunClient = "client"
	dryRunServer = "server"
)

type deleteOptions struct {
	*shell
	format
	batchOptions
	yes     bool
	wait    bool
	timeout time.Duration
	dryRun  string
}

func (s *shell) delete() *cobra.Command {
	o := &deleteOptions{shell: s}
	command := &cobra.Command{
		Use:   "delete ((NAME | NUMBER) ... | -f FILE | -l SELECTOR)",
		Short: "Delete numbers, and follow what becomes of it at the providers",
		Long: `Delete a number or a trunk: show what goes, ask, delete, and follow the teardown until
nothing is left at the providers.

Several numbers are deleted by a PhoneNumberDeletion, each on its own: name them, list them
in a file (a number or a name in a line; what follows # is a comment; - reads the standard
input), or pick them by their labels. Ctrl-C ends the waiting and not the deletion.

Exit code: 0 when all is gone; 2 if a cleanup failed, or a number of several has an error;
3 when --timeout is over before that.`,
		Example: `  kubectl phonenumber delete support-line
  kubectl phonenumber delete +14155550100 --yes --timeout=5m
  kubectl phonenumber delete support-line --dry-run=server
  kubectl phonenumber delete -f cancelled.txt --agent=support --deletion-policy=Release
  kubectl phonenumber delete -l team=support -o json`,
		ValidArgsFunction: s.completeObjects(true),
		RunE:              s.run(o.run),
	}
	o.format.bind(command, formatJSON, formatYAML, formatName)
	o.batchOptions.bind(command)
	flags := command.Flags()
	flags.BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	flags.BoolVar(&o.wait, "wait", true, "follow it until everything is gone")
	flags.DurationVar(&o.timeout, "timeout", 0, "how long to follow it; 0 for as long as it takes")
	flags.StringVar(&o.dryRun, "dry-run", dryRunNone, "none, client (only show what goes) or server (have the API server judge it too)")
	flags.Lookup("dry-run").NoOptDefVal = dryRunServer
	complete(command, "dry-run", func() []string { return []string{dryRunNone, dryRunClient, dryRunServer} })
	return command
}

func (o *deleteOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	switch {
	case !slices.Contains([]string{dryRunNone, dryRunClient, dryRunServer}, o.dryRun):
		return fmt.Errorf("--dry-run %q must be none, client or server", o.dryRun)
	case o.many(arguments):
		return o.deleteMany(ctx, out, c, arguments)
	case len(arguments) == 0:
		return errors.New("name what is to be deleted: NAME or NUMBER, a file with -f, or labels with -l")
	case o.value != formatText || o.asksBatch():
		return errors.New("--output, --agent, --deletion-policy, --concurrency and --ttl are for several numbers: name more than one, or use -f or -l")
	}
	owner, err := c.Find(ctx, arguments[0])
	if err != nil {
		return err
	}
	return o.deleteOne(ctx, out, c, owner)
}

func (o *deleteOptions) deleteOne(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner) error {
	if !owner.GetDeletionTimestamp().IsZero() {
		out.Say("%s is being deleted already.", title(owner))
		if o.dryRun != dryRunNone {
			return nil
		}
		return o.followTeardown(ctx, out, c, owner)
	}
	showPlan(out, owner)
	if o.dryRun == dryRunClient {
		out.Say("\nNothing was deleted (client dry run).")
		return nil
	}
	// It is refused now rather than after somebody was asked.
	if err := c.Delete(ctx, owner, client.DryRunAll, sameObject(owner)); err != nil {
		return cluster.Explain(err)
	}
	if o.dryRun == dryRunServer {
		out.Say("\nNothing was deleted (server dry run): the deletion would be accepted.")
		return nil
	}
	if err := confirm(ctx, out, o.yes, "Delete it?"); err != nil {
		return err
	}
	if err := c.Delete(ctx, owner, sameObject(owner)); err != nil {
		return cluster.Explain(err)
	}
	return o.followTeardown(ctx, out, c, owner)
}

// sameObject deletes what was shown, and not what has come under its name since.
func sameObject(owner v1alpha1.Owner) client.Preconditions {
	return client.Preconditions{UID: new(owner.GetUID())}
}

func showPlan(out *screen.Screen, owner v1alpha1.Owner) {
	plan := deletion.Of(owner)
	out.Say("%s in %s is to be deleted:", out.Paint(layout.Bold, title(owner)), owner.GetNamespace())
	for _, sentence := range plan.Sentences() {
		out.Say("- %s", layout.Line(sentence))
	}
	showPart(out, "Goes", plan.Goes)
	showPart(out, "Stays", plan.Stays)
}

func showPart(out *screen.Screen, heading string, entries []v1alpha1.ExternalResource) {
	if len(entries) > 0 {
		out.Say("\n%s", out.Paint(layout.Bold, heading))
		out.Print(layout.Table(out.Paint, tree.Rows(entries, false)))
	}
}

// confirm asks, unless that was answered on the command line.
func confirm(ctx context.Context, out *screen.Screen, yes bool, question string) error {
	if yes {
		return nil
	}
	answer, err := out.Ask(ctx, "\n"+question+" [y/N]")
	switch {
	case errors.Is(err, screen.ErrNoAnswer):
		return errors.New("nothing was done: nobody answered; --yes does not ask")
	case err != nil:
		return err
	}
	if word := strings.ToLower(answer); word != "y" && word != "yes" {
		return errors.New("nothing was done")
	}
	return nil
}

// followTeardown shows a deletion until the object is gone or Corrupted.
func (o *deleteOptions) followTeardown(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner) error {
	if !o.wait {
		out.Say("%s is being deleted. `kubectl phonenumber status %s -n %s --watch` follows it.", title(owner), advice.Target(owner), owner.GetNamespace())
		return nil
	}
	ctx, cancel := deadline(ctx, o.timeout)
	defer cancel()
	var teardown progress.Teardown
	teardown.See(owner)
	last, line := owner, ""
	gone, err := watchOwner(ctx, c, owner, func(now v1alpha1.Owner) (bool, error) {
		last = now
		step := teardown.See(now)
		if advice.Of(now) == advice.Corrupted {
			return true, nil
		}
		if !now.GetDeletionTimestamp().IsZero() {
			line = showStep(out, step, line)
		}
		return false, nil
	})
	out.Wipe()
	switch {
	case gone:
		return o.sayGone(out, last)
	case err == nil:
		out.Print(report.Of(last).Text(out.Paint, false, o.Clock.Now()))
		return left()
	case errors.Is(err, context.DeadlineExceeded):
		return pending("%s is still being deleted: %s; `kubectl phonenumber status %s -n %s --watch` follows it.",
			title(owner), teardown.See(last).Line(), advice.Target(owner), owner.GetNamespace())
	}
	out.Warn("The deletion of %s goes on by itself: it cannot be undone, only paused.", title(owner))
	return err
}

func (o *deleteOptions) sayGone(out *screen.Screen, owner v1alpha1.Owner) error {
	switch {
	case owner.GetAnnotations()[v1alpha1.AnnotationForceDelete] == "true":
		out.Say("%s was let go by force. What it left at the providers is listed in the OrphanRecord %s.", title(owner), owner.GetUID())
		return left()
	case deletion.Policy(owner) == v1alpha1.DeletionPolicyRetain:
		out.Say("%s is deleted. What stays at the providers is listed in the OrphanRecord %s.", title(owner), owner.GetUID())
	default:
		out.Say("%s is deleted, and nothing is left of it at the providers.", title(owner))
	}
	return nil
}

// showStep draws a step on a terminal, and prints it elsewhere if it differs from the one
// before, which it returns.
func showStep(out *screen.Screen, step progress.Step, before string) string {
	if out.Terminal() {
		out.Draw(step.Bar(out.Columns()) + "\n")
		return ""
	}
	line := step.Line()
	if line != before {
		out.Say("%s", line)
	}
	return line
}
