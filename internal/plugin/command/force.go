package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/orphanage"
	"github.com/callplane/callplane/internal/plugin/screen"
	"github.com/callplane/callplane/internal/plugin/tree"
)

type forceOptions struct {
	*shell
	managerNamespace
	yes     bool
	timeout time.Duration
}

func (s *shell) forceDelete() *cobra.Command {
	o := &forceOptions{shell: s}
	command := &cobra.Command{
		Use:   "force-delete (NAME | NUMBER)",
		Short: "Let a corrupted number go, and leave what it has at the providers",
		Long: `Let a number or a trunk go whose cleanup can never succeed. Everything that it has at the
providers stays there, goes on costing money, and is listed in an OrphanRecord first.

It is only allowed for what is being deleted and Corrupted, and takes a permission of its
own (update on phonenumbers/force-delete, as the ClusterRole callplane-force-delete gives).`,
		Example:           "  kubectl phonenumber force-delete support-line",
		Args:              cobra.ExactArgs(1),
		ValidArgsFunction: s.completeObjects(false),
		RunE:              s.run(o.run),
	}
	command.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask for the number")
	command.Flags().DurationVar(&o.timeout, "timeout", time.Minute, "how long to wait until it is gone; 0 for as long as it takes")
	o.bind(s, command, command.Flags())
	return command
}

var forced = map[string]string{v1alpha1.AnnotationForceDelete: "true"}

func (o *forceOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	owner, err := c.Find(ctx, arguments[0])
	if err != nil {
		return err
	}
	if err := forcible(owner); err != nil {
		return err
	}
	// It is refused now rather than after somebody was asked.
	if err := c.Annotate(ctx, owner, forced, client.DryRunAll); err != nil {
		return err
	}
	showLeft(out, owner)
	if err := o.confirmForce(ctx, out, owner); err != nil {
		return err
	}
	if err := c.Annotate(ctx, owner, forced); err != nil {
		return err
	}
	return o.awaitForced(ctx, out, c, owner)
}

// forcible says why an object cannot be forced; nil if it can.
func forcible(owner v1alpha1.Owner) error {
	const rule = "force delete is only allowed for what is being deleted and Corrupted: "
	switch {
	case owner.GetDeletionTimestamp().IsZero():
		return fmt.Errorf("%s%s is not being deleted; `kubectl phonenumber delete %s -n %s` deletes it", rule, title(owner), advice.Target(owner), owner.GetNamespace())
	case advice.Of(owner) != advice.Corrupted:
		return fmt.Errorf("%sthe cleanup of %s has not failed; `kubectl phonenumber status %s -n %s --watch` follows it", rule, title(owner), advice.Target(owner), owner.GetNamespace())
	default:
		return nil
	}
}

func showLeft(out *screen.Screen, owner v1alpha1.Owner) {
	out.Say("%s in %s is to be let go. This stays at the providers, and goes on costing money:\n", out.Paint(layout.Bold, title(owner)), owner.GetNamespace())
	out.Print(layout.Table(out.Paint, tree.Rows(owner.Lifecycle().ExternalResources, false)))
	if corrupted := meta.FindStatusCondition(owner.Lifecycle().Conditions, v1alpha1.ConditionCorrupted); corrupted != nil {
		out.Say("\nIts cleanup fails with %s. Once the cause is gone it is cleaned up by itself.", corrupted.Reason)
	}
}

// confirmForce wants the number typed, which nobody does by mistake.
func (o *forceOptions) confirmForce(ctx context.Context, out *screen.Screen, owner v1alpha1.Owner) error {
	if o.yes {
		return nil
	}
	what, want := "number", owner.Identity().Number
	if want == "" {
		what, want = "name", owner.GetName()
	}
	answer, err := out.Ask(ctx, fmt.Sprintf("\nType the %s %s to leave all of this behind:", what, want))
	switch {
	case errors.Is(err, screen.ErrNoAnswer):
		return errors.New("nothing was done: nobody answered; --yes does not ask")
	case err != nil:
		return err
	case answer != want:
		return fmt.Errorf("nothing was done: that is not the %s %s", what, want)
	}
	return nil
}

// awaitForced waits until the object is let go, and shows the record of what it left.
func (o *forceOptions) awaitForced(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner) error {
	bounded, cancel := deadline(ctx, o.timeout)
	defer cancel()
	gone, err := watchOwner(bounded, c, owner, func(now v1alpha1.Owner) (bool, error) {
		// The manager has looked again, and refuses it.
		return now.GetAnnotations()[v1alpha1.AnnotationForceDelete] == "", nil
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return pending("%s is not let go yet: the manager writes the OrphanRecord first. `kubectl phonenumber doctor` says whether it runs.", title(owner))
	case err != nil:
		return err
	case !gone:
		return fmt.Errorf("the manager refused to let %s go: it is not being deleted, or not Corrupted any more", title(owner))
	}
	out.Say("\n%s was let go.", title(owner))
	return o.showRecord(ctx, out, c, owner)
}

func (o *forceOptions) showRecord(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner) error {
	var record v1alpha1.OrphanRecord
	err := c.Get(ctx, o.key(string(owner.GetUID())), &record)
	if err != nil {
		out.Say("What it left is listed in the OrphanRecord %s, in the namespace %s.", owner.GetUID(), o.name)
		out.Warn("Warning: that cannot be shown: %v", cluster.Explain(err))
		return nil
	}
	out.Say("What it left is listed in an OrphanRecord:\n")
	out.Print(orphanage.Text(record, out.Paint, o.Clock.Now()))
	return nil
}
