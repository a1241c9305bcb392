package command

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/advice"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/report"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type retryOptions struct {
	*shell
	wait    bool
	timeout time.Duration
}

func (s *shell) retry() *cobra.Command {
	o := &retryOptions{shell: s}
	command := &cobra.Command{
		Use:   "retry (NAME | NUMBER) ...",
		Short: "Have set-up or cleanup tried again at once",
		Long: `Have the manager try again at once what failed. Without this it does so by itself, at most
ten minutes apart; a changed Secret is noticed at once.

Exit code with --wait: 0 if each is Ready or gone, 2 if one is Corrupted still, 3 otherwise.`,
		Example: `  kubectl phonenumber retry support-line
  kubectl phonenumber retry +14155550100 siptrunk/fleet --wait --timeout=2m`,
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: s.completeObjects(true),
		RunE:              s.run(o.run),
	}
	command.Flags().BoolVar(&o.wait, "wait", false, "wait for what comes of it")
	command.Flags().DurationVar(&o.timeout, "timeout", time.Minute, "how long to wait for each; 0 for as long as it takes")
	return command
}

func (o *retryOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	owners := make([]v1alpha1.Owner, len(arguments))
	for i, argument := range arguments {
		var err error
		if owners[i], err = c.Find(ctx, argument); err != nil {
			return err
		}
	}
	asked := o.now()
	for _, owner := range owners {
		if err := c.Annotate(ctx, owner, map[string]string{v1alpha1.AnnotationRetryRequestedAt: asked}); err != nil {
			return err
		}
		out.Say("%s: a retry is asked for.", title(owner))
	}
	if !o.wait {
		return nil
	}
	var worst error
	for _, owner := range owners {
		err := o.await(ctx, out, c, owner, asked)
		if err != nil && !errors.As(err, new(outcome)) {
			return err
		}
		if worst == nil || ExitCode(err) == exitLeft {
			worst = err
		}
	}
	return worst
}

// now is a time that no earlier request has had: two in one second are two.
func (s *shell) now() string { return s.Clock.Now().UTC().Format(time.RFC3339Nano) }

// await waits until the manager has tried, and says what came of it.
func (o *retryOptions) await(ctx context.Context, out *screen.Screen, c *cluster.Cluster, owner v1alpha1.Owner, asked string) error {
	bounded, cancel := deadline(ctx, o.timeout)
	defer cancel()
	last := owner
	gone, err := watchOwner(bounded, c, owner, func(now v1alpha1.Owner) (bool, error) {
		last = now
		return now.Lifecycle().LastHandledRetryAt == asked && settled(now), nil
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return pendingOf(last)
	case err != nil:
		return err
	case gone:
		out.Say("%s is gone.", title(owner))
		return nil
	}
	out.Print("\n" + report.Of(last).Text(out.Paint, false, o.Clock.Now()))
	return outcomeOf(advice.Of(last))
}

// settled reports whether an attempt has ended in something that does not go on by itself.
func settled(owner v1alpha1.Owner) bool {
	switch advice.Of(owner) {
	case advice.SettingUp, advice.Deleting:
		return false
	default:
		return true
	}
}
