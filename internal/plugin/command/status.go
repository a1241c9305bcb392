package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/report"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type statusOptions struct {
	*shell
	format
	watch         bool
	timeout       time.Duration
	allNamespaces bool
}

func (s *shell) status() *cobra.Command {
	o := &statusOptions{shell: s}
	command := &cobra.Command{
		Use:   "status (NAME | NUMBER)",
		Short: "Show what a number has at the providers, what failed and what to do next",
		Long: `Show how a number or a trunk is: its state, what it has at which provider as a tree,
and what to do next.

Exit code: 0 if it is Ready, 2 if it is Corrupted, 3 otherwise. With --watch: 0 once it is
Ready or, where it is being deleted, gone.`,
		Example: `  kubectl phonenumber status support-line
  kubectl phonenumber status +14155550100 -A
  kubectl phonenumber status siptrunk/fleet --watch
  kubectl phonenumber status support-line -o json`,
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: s.completeObjects(false),
		RunE:              s.run(o.run),
	}
	o.bind(command, formatWide, formatJSON, formatYAML, formatName)
	command.Flags().BoolVarP(&o.watch, "watch", "w", false, "show it again after every change, until it is ready, gone, or Ctrl-C")
	command.Flags().DurationVar(&o.timeout, "timeout", 0, "how long to watch; 0 for as long as it takes")
	command.Flags().BoolVarP(&o.allNamespaces, "all-namespaces", "A", false, "look for a number in all namespaces")
	return command
}

func (o *statusOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	namespace := c.Namespace
	switch {
	case o.allNamespaces && !cluster.IsNumber(arguments[0]):
		return errors.New("--all-namespaces is for a number in E.164: a name is that of one namespace")
	case o.watch && o.value != formatText && o.value != formatWide:
		return fmt.Errorf("--watch cannot be used with --output %s", o.value)
	case o.allNamespaces:
		namespace = ""
	}
	if err := o.check(); err != nil {
		return err
	}
	owner, err := c.FindIn(ctx, arguments[0], namespace)
	if err != nil {
		return err
	}
	if o.watch {
		return o.follow(ctx, out, c, owner)
	}
	if err := o.show(out, owner); err != nil {
		return err
	}
	return outcomeOf(advice.Of(owner))
}

func (o *statusOptions) show(out *screen.Screen, owner v1alpha1.Owner) error {
	switch {
	case o.structured():
		return o.print(out.Out, report.Of(owner))
	case o.value == formatName:
		out.Say("%s", resourceName(owner.Identity().Kind, owner.GetName()))
	default:
		out.Print(o.text(out, owner))
	}
	return nil
}

func (o *statusOptions) text(out *screen.Screen, owner v1alpha1.Owner) string {
	return report.Of(owner).Text(out.Paint, o.value == formatWide, o.Clock.Now())
}

// follow draws the object after every change. Off a terminal what was drawn stays, so a
// change that shows in nothing is left out.
func (o *statusOptions) follow(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner) error {
	ctx, cancel := deadline(ctx, o.timeout)
	defer cancel()
	drawn := ""
	last := owner
	gone, err := watchOwner(ctx, c, owner, func(now v1alpha1.Owner) (bool, error) {
		last = now
		if text := o.text(out, now); text != drawn {
			if drawn != "" && !out.Terminal() {
				out.Say("")
			}
			out.Draw(text)
			drawn = text
		}
		return advice.Of(now) == advice.Ready, nil
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return pendingOf(last)
	case err != nil:
		return err
	case gone:
		out.Say("\n%s is gone.", title(owner))
	}
	return nil
}

func pendingOf(owner v1alpha1.Owner) error {
	if advice.Of(owner) == advice.Corrupted {
		return left()
	}
	return pending("%s is still %s.", title(owner), advice.Of(owner))
}

// deadline bounds what is awaited; 0 does not.
func deadline(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	if timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, timeout)
}

func title(owner v1alpha1.Owner) string {
	identity := owner.Identity()
	return report.Title(identity.Kind, identity.Name, identity.Number)
}

// watchOwner follows a number or a trunk.
func watchOwner(ctx context.Context, c *cluster.Cluster, owner v1alpha1.Owner, see func(v1alpha1.Owner) (bool, error)) (gone bool, err error) {
	list := client.ObjectList(&v1alpha1.PhoneNumberList{})
	if owner.Identity().Kind == v1alpha1.KindSIPTrunk {
		list = &v1alpha1.SIPTrunkList{}
	}
	return cluster.Follow(ctx, c, owner, list, see)
}
