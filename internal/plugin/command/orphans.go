package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/orphanage"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type orphanOptions struct {
	*shell
	format
	managerNamespace
	all     bool
	yes     bool
	wait    bool
	timeout time.Duration
}

func (s *shell) orphans() *cobra.Command {
	o := &orphanOptions{shell: s}
	command := &cobra.Command{
		Use:     "orphans",
		Aliases: []string{"orphan"},
		Short:   "List what was left behind at the providers, or have it deleted",
		Long: `What may still exist at the providers without an object that stands for it is kept in
OrphanRecords, in the namespace of the manager. The Role callplane-orphans there lets people
read them, and have deleted what they list.`,
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return command.Help() },
	}
	o.managerNamespace.bind(s, command, command.PersistentFlags())
	command.AddCommand(o.list(), o.delete())
	return command
}

func (o *orphanOptions) list() *cobra.Command {
	command := &cobra.Command{
		Use:   "list [RECORD | NUMBER]",
		Short: "List what was left where, why and since when",
		Example: `  kubectl phonenumber orphans list
  kubectl phonenumber orphans list -o wide --all
  kubectl phonenumber orphans list +14155550100`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: o.completeRecords,
		RunE:              o.run(o.runList),
	}
	o.format.bind(command, formatWide, formatJSON, formatYAML, formatName)
	command.Flags().BoolVar(&o.all, "all", false, "show those too of which nothing is left")
	return command
}

func (o *orphanOptions) delete() *cobra.Command {
	command := &cobra.Command{
		Use:   "delete (RECORD | NUMBER) ...",
		Short: "Have deleted at the providers what a record lists, for good",
		Long: `Have the manager delete at the providers what a record lists, for good. Look first whether
any of it is in use. What was retained on purpose, and what somebody stands for, is refused.

Exit code: 0 when nothing is left, 2 if something cannot be deleted, 3 when --timeout is
over before that.`,
		Example:           "  kubectl phonenumber orphans delete +14155550100",
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: o.completeRecords,
		RunE:              o.run(o.runDelete),
	}
	command.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	command.Flags().BoolVar(&o.wait, "wait", true, "wait until nothing is left")
	command.Flags().DurationVar(&o.timeout, "timeout", 5*time.Minute, "how long to wait for each; 0 for as long as it takes")
	return command
}

func (o *orphanOptions) completeRecords(command *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	var words []string
	o.each(command.Context(), &v1alpha1.OrphanRecordList{}, o.name, func(object client.Object) {
		record := object.(*v1alpha1.OrphanRecord)
		words = append(words, record.Name+"\t"+record.Spec.Owner.Number)
		if cluster.IsNumber(begun) && record.Spec.Owner.Number != "" {
			words = append(words, record.Spec.Owner.Number+"\t"+record.Name)
		}
	})
	return begins(words, begun), cobra.ShellCompDirectiveNoFileComp
}

func (o *orphanOptions) records(ctx context.Context, c *cluster.Cluster) (*v1alpha1.OrphanRecordList, error) {
	var list v1alpha1.OrphanRecordList
	err := c.List(ctx, &list, client.InNamespace(o.name))
	if apierrors.IsForbidden(err) {
		return nil, fmt.Errorf("you may not read OrphanRecords in the namespace %s: the Role callplane-orphans there gives that: %w", o.name, err)
	}
	orphanage.Sort(list.Items)
	return &list, cluster.Explain(err)
}

func (o *orphanOptions) runList(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	if err := o.check(); err != nil {
		return err
	}
	list, err := o.records(ctx, c)
	if err != nil {
		return err
	}
	if len(arguments) == 1 {
		list.Items, err = matching(list.Items, arguments[0])
		if err != nil {
			return err
		}
	} else if !o.all {
		list.Items = slices.DeleteFunc(list.Items, closed)
	}
	return o.show(out, list, len(arguments) == 1)
}

func closed(record v1alpha1.OrphanRecord) bool { return record.Status.State == v1alpha1.OrphanClosed }

// matching are the records of a name or a number.
func matching(records []v1alpha1.OrphanRecord, argument string) ([]v1alpha1.OrphanRecord, error) {
	found := slices.DeleteFunc(slices.Clone(records), func(record v1alpha1.OrphanRecord) bool {
		return record.Name != argument && record.Spec.Owner.Number != argument
	})
	if len(found) == 0 {
		return nil, fmt.Errorf("there is no OrphanRecord of %q", argument)
	}
	return found, nil
}

func (o *orphanOptions) show(out *screen.Screen, list *v1alpha1.OrphanRecordList, whole bool) error {
	switch {
	case o.structured():
		list.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("OrphanRecordList"))
		for i := range list.Items {
			list.Items[i].SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(v1alpha1.KindOrphanRecord))
			list.Items[i].ManagedFields = nil
		}
		return o.print(out.Out, list)
	case o.value == formatName:
		for _, record := range list.Items {
			out.Say("%s", resourceName(v1alpha1.KindOrphanRecord, record.Name))
		}
	case len(list.Items) == 0:
		out.Warn("Nothing was left behind, as far as the OrphanRecords in the namespace %s say.", o.name)
	case whole && o.value == formatText:
		for _, record := range list.Items {
			out.Print(orphanage.Text(record, out.Paint, o.Clock.Now()))
		}
	default:
		rows := orphanage.Rows(list.Items, o.value == formatWide, o.Clock.Now())
		out.Print(layout.Table(out.Paint, rows))
	}
	return nil
}

func (o *orphanOptions) runDelete(ctx context.Context, out *screen.Screen, c *cluster.Cluster, arguments []string) error {
	records, err := o.chosen(ctx, c, arguments)
	if err != nil {
		return err
	}
	for i := range records {
		// It is refused now rather than after somebody was asked.
		if err := c.Annotate(ctx, &records[i], map[string]string{v1alpha1.AnnotationDeleteExternal: "true"}, client.DryRunAll); err != nil {
			return err
		}
		out.Say("%s", orphanage.Text(records[i], out.Paint, o.Clock.Now()))
	}
	if err := confirm(ctx, out, o.yes, "Delete all of this at the providers, for good?"); err != nil {
		return err
	}
	for i := range records {
		// Where it was asked for before, the other annotation has it tried again at once.
		asked := map[string]string{v1alpha1.AnnotationDeleteExternal: "true", v1alpha1.AnnotationRetryRequestedAt: o.now()}
		if err := c.Annotate(ctx, &records[i], asked); err != nil {
			return err
		}
	}
	if !o.wait {
		out.Say("The manager deletes it. `kubectl phonenumber orphans list` shows what is left.")
		return nil
	}
	return o.awaitAll(ctx, out, c, records)
}

// awaitAll returns the worst of what comes of records.
func (o *orphanOptions) awaitAll(ctx context.Context, out *screen.Screen, c *cluster.Cluster, records []v1alpha1.OrphanRecord) error {
	var worst error
	for i := range records {
		err := o.await(ctx, out, c, &records[i])
		if err != nil && !errors.As(err, new(outcome)) {
			return err
		}
		if worst == nil || ExitCode(err) == exitLeft {
			worst = err
		}
	}
	return worst
}

// chosen are the open records that arguments name.
func (o *orphanOptions) chosen(ctx context.Context, c *cluster.Cluster, arguments []string) ([]v1alpha1.OrphanRecord, error) {
	list, err := o.records(ctx, c)
	if err != nil {
		return nil, err
	}
	var records []v1alpha1.OrphanRecord
	for _, argument := range arguments {
		found, err := matching(list.Items, argument)
		if err != nil {
			return nil, err
		}
		open := slices.DeleteFunc(found, closed)
		if len(open) == 0 {
			return nil, fmt.Errorf("nothing is left of the OrphanRecord of %q", argument)
		}
		records = append(records, open...)
	}
	return records, nil
}

// freshAfter is for how long an earlier failure is not believed to be the new one.
const freshAfter = 15 * time.Second

// await waits until nothing is left of a record, or somebody must act. A failure that
// repeats itself changes nothing in the record.
func (o *orphanOptions) await(ctx context.Context, out *screen.Screen, c *cluster.Cluster, record *v1alpha1.OrphanRecord) error {
	before, timeout := stalled(record), o.timeout
	if before && (timeout <= 0 || timeout > freshAfter) {
		timeout = freshAfter
	}
	bounded, cancel := deadline(ctx, timeout)
	defer cancel()
	last := record
	gone, err := cluster.Follow(bounded, c, record, &v1alpha1.OrphanRecordList{}, func(now *v1alpha1.OrphanRecord) (bool, error) {
		last = now
		return closed(*now) || stalled(now) && !before || now.Annotations[v1alpha1.AnnotationDeleteExternal] == "", nil
	})
	switch {
	case errors.Is(err, context.DeadlineExceeded) && !stalled(last):
		return pending("%s: %d resources are left. It goes on by itself.", record.Name, len(last.Status.Resources))
	case errors.Is(err, context.DeadlineExceeded):
	case err != nil:
		return err
	case gone:
		return fmt.Errorf("the OrphanRecord %s was deleted meanwhile", record.Name)
	}
	if closed(*last) {
		out.Say("%s: nothing is left.", record.Name)
		return nil
	}
	out.Print(orphanage.Text(*last, out.Paint, o.Clock.Now()))
	return outcome{code: exitLeft, message: "It could not be deleted; the message above says why. It is tried again by itself."}
}

func stalled(record *v1alpha1.OrphanRecord) bool {
	return meta.IsStatusConditionTrue(record.Status.Conditions, v1alpha1.ConditionStalled)
}
