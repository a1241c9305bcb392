package command

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/progress"
	"github.com/callplane/callplane/internal/plugin/screen"
)

// deleteMany has a PhoneNumberDeletion delete numbers, and follows it.
func (o *deleteOptions) deleteMany(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	if err := o.check(); err != nil {
		return err
	}
	targets, err := o.targets(ctx, c, arguments)
	if err != nil {
		return err
	}
	if len(targets) > v1alpha1.MaxPhoneNumbers {
		return fmt.Errorf("these are %d numbers, and %d can be deleted at once: split them", len(targets), v1alpha1.MaxPhoneNumbers)
	}
	batch, err := o.batch(c.Namespace, targets)
	if err != nil {
		return err
	}
	if len(targets) == 0 {
		out.Warn("No number of the namespace %s has these labels.", c.Namespace)
		return nil
	}
	if o.dryRun == dryRunClient {
		return o.previewBatch(out, batch, targets)
	}
	if err := o.startBatch(ctx, out, c, batch, targets); err != nil {
		return err
	}
	return o.followBatch(ctx, out, c, batch)
}

// previewBatch shows what would be deleted or, for a program or for Git, the object that
// would do it.
func (o *deleteOptions) previewBatch(out *screen.Screen, batch *v1alpha1.PhoneNumberDeletion, targets []target) error {
	if o.structured() {
		return o.print(out.Out, batch)
	}
	showTargets(out, batch.Namespace, targets, o.policy)
	out.Say("\nNothing was deleted (client dry run).")
	return nil
}

func (o *deleteOptions) startBatch(ctx context.Context, out *screen.Screen, c *cluster.Cluster, batch *v1alpha1.PhoneNumberDeletion, targets []target) error {
	if err := c.Create(ctx, batch.DeepCopy(), client.DryRunAll); err != nil {
		return cluster.Explain(err)
	}
	if o.value == formatText {
		showTargets(out, batch.Namespace, targets, o.policy)
	}
	if o.dryRun == dryRunNone {
		question := "Delete it?"
		if len(targets) > 1 {
			question = fmt.Sprintf("Delete these %d numbers?", len(targets))
		}
		if err := confirm(ctx, out, o.yes, question); err != nil {
			return err
		}
	}
	return cluster.Explain(c.Create(ctx, batch))
}

// followBatch shows a batch until every number has a result. Of a dry run nothing stays.
func (o *deleteOptions) followBatch(ctx context.Context, out *screen.Screen, c *cluster.Cluster, batch *v1alpha1.PhoneNumberDeletion) error {
	if o.dryRun == dryRunServer {
		defer o.forget(ctx, c, batch)
	}
	if !o.wait && o.dryRun == dryRunNone {
		return o.sayStarted(out, batch)
	}
	if o.value == formatText {
		out.Say("\nFollowing the PhoneNumberDeletion %s.", batch.Name)
	}
	bounded, cancel := deadline(ctx, o.timeout)
	defer cancel()
	last := batch
	var before []progress.Result
	gone, err := cluster.Follow(bounded, c, batch, &v1alpha1.PhoneNumberDeletionList{}, func(now *v1alpha1.PhoneNumberDeletion) (bool, error) {
		last = now
		before = o.showBatch(out, now, before)
		return now.Status.CompletedAt != nil, nil
	})
	out.Wipe()
	switch {
	case gone:
		return fmt.Errorf("the PhoneNumberDeletion %s was deleted: what was not begun is left alone, and what was begun goes on by itself", batch.Name)
	case err != nil:
		return o.unfinished(out, last, err)
	}
	return o.finish(out, last)
}

// unfinished says what becomes of a batch that is not followed to its end. A dry run ends
// with its object.
func (o *deleteOptions) unfinished(out *screen.Screen, batch *v1alpha1.PhoneNumberDeletion, err error) error {
	late := errors.Is(err, context.DeadlineExceeded)
	switch {
	case late && o.dryRun == dryRunServer:
		return pending("What would be deleted is not known yet: %s.", progress.Summary(batch, 0))
	case o.dryRun == dryRunServer:
	case late:
		return pending("It goes on by itself: %s. `kubectl get phonedel %s -n %s -w` follows it.", progress.Summary(batch, 0), batch.Name, batch.Namespace)
	default:
		out.Warn("It goes on by itself. `kubectl delete phonedel %s -n %s` keeps what is not begun from being deleted.", batch.Name, batch.Namespace)
	}
	return err
}

// forget removes the object of a dry run, whatever became of it.
func (o *deleteOptions) forget(ctx context.Context, c *cluster.Cluster, batch *v1alpha1.PhoneNumberDeletion) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	// Its TTL removes it where this fails.
	_ = c.Delete(ctx, batch)
}

func (o *deleteOptions) sayStarted(out *screen.Screen, batch *v1alpha1.PhoneNumberDeletion) error {
	switch {
	case o.structured():
		return o.print(out.Out, batch)
	case o.value == formatName:
		out.Say("%s", resourceName("PhoneNumberDeletion", batch.Name))
	default:
		out.Say("\nThe PhoneNumberDeletion %s deletes them. `kubectl get phonedel %s -n %s -w` follows it.", batch.Name, batch.Name, batch.Namespace)
	}
	return nil
}

// underWay is how many numbers that are being deleted a terminal shows.
const underWay = 10

// showBatch prints each result once and, on a terminal, what is under way.
func (o *deleteOptions) showBatch(out *screen.Screen, batch *v1alpha1.PhoneNumberDeletion, before []progress.Result) []progress.Result {
	results := progress.Results(batch)
	if o.value != formatText {
		return results
	}
	news := progress.News(before, results)
	if !out.Terminal() {
		for _, result := range news {
			out.Say("%s", strings.TrimSpace(result.Number+" "+result.State+" "+layout.Line(result.Error)))
		}
		return results
	}
	var rows [][]layout.Cell
	for _, result := range results {
		if !result.Final() && result.State != v1alpha1.DeletionPending && len(rows) < underWay {
			rows = append(rows, layout.Cells("  "+result.Number, result.State))
		}
	}
	out.Draw(progress.Summary(batch, out.Columns()) + "\n" + layout.Table(out.Paint, rows))
	return results
}

// finish shows what became of each number.
func (o *deleteOptions) finish(out *screen.Screen, batch *v1alpha1.PhoneNumberDeletion) error {
	results := progress.Results(batch)
	complete := meta.FindStatusCondition(batch.Status.Conditions, v1alpha1.ConditionComplete)
	switch {
	case o.structured():
		batch.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PhoneNumberDeletion"))
		batch.ManagedFields = nil
		if err := o.print(out.Out, batch); err != nil {
			return err
		}
	case o.value == formatName:
		out.Say("%s", resourceName("PhoneNumberDeletion", batch.Name))
	default:
		out.Print("\n" + layout.Table(out.Paint, progress.Rows(results)))
		if complete != nil {
			out.Say("\n%s", layout.Line(complete.Message))
		}
	}
	switch {
	case meta.IsStatusConditionTrue(batch.Status.Conditions, v1alpha1.ConditionFailed):
		return errors.New("nothing was deleted")
	case len(batch.Status.Errors) > 0:
		return left()
	}
	return nil
}
