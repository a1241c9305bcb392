package command

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/screen"
)

// batchOptions are those of the deletion of many.
type batchOptions struct {
	files       []string
	selector    string
	agent       string
	policy      string
	concurrency int32
	ttl         time.Duration
}

// keptFor is how long a PhoneNumberDeletion stays after its end, for whoever asks.
const keptFor = 24 * time.Hour

func (b *batchOptions) bind(command *cobra.Command) {
	flags := command.Flags()
	flags.StringSliceVarP(&b.files, "filename", "f", nil, "file with a number or a name in each line; - is the standard input")
	flags.StringVarP(&b.selector, "selector", "l", "", "labels of the PhoneNumbers, such as team=support")
	flags.StringVar(&b.agent, "agent", "", "a guard: numbers of other agents are not deleted and are errors")
	flags.StringVar(&b.policy, "deletion-policy", "", "Teardown, Release or Retain, instead of the policy that each number has")
	flags.Int32Var(&b.concurrency, "concurrency", 0, "how many numbers are being deleted at once (default 10)")
	flags.DurationVar(&b.ttl, "ttl", keptFor, "how long the PhoneNumberDeletion is kept after its end")
	complete(command, "deletion-policy", func() []string {
		return []string{string(v1alpha1.DeletionPolicyTeardown), string(v1alpha1.DeletionPolicyRelease), string(v1alpha1.DeletionPolicyRetain)}
	})
}

// many reports whether more than one number is meant.
func (b *batchOptions) many(arguments []string) bool {
	return len(arguments) > 1 || len(b.files) > 0 || b.selector != ""
}

// asksBatch reports whether something was asked for that only a batch can do.
func (b *batchOptions) asksBatch() bool {
	return b.agent != "" || b.policy != "" || b.concurrency != 0 || b.ttl != keptFor
}

// A target is a number that is to be deleted, with the object that has it, if one does.
type target struct {
	number string
	object *v1alpha1.PhoneNumber
}

// targets are what is named by arguments, files or labels.
func (o *deleteOptions) targets(ctx context.Context, c *cluster.Cluster, arguments []string) ([]target, error) {
	if o.selector != "" {
		if len(arguments)+len(o.files) > 0 {
			return nil, errors.New("--selector cannot be used with names, numbers or --filename")
		}
		return o.selected(ctx, c)
	}
	named := slices.Clone(arguments)
	for _, file := range o.files {
		lines, err := o.readLines(file)
		if err != nil {
			return nil, err
		}
		named = append(named, lines...)
	}
	var targets []target
	for _, argument := range named {
		found, err := o.resolve(ctx, c, argument)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(targets, func(t target) bool { return t.number == found.number }) {
			targets = append(targets, found)
		}
	}
	if len(targets) == 0 {
		return nil, errors.New("there is no number in the file")
	}
	return targets, nil
}

func (o *deleteOptions) selected(ctx context.Context, c *cluster.Cluster) ([]target, error) {
	selector, err := metav1.ParseToLabelSelector(o.selector)
	if err != nil {
		return nil, fmt.Errorf("--selector %q: %w", o.selector, err)
	}
	labels, err := metav1.LabelSelectorAsSelector(selector)
	if err != nil {
		return nil, fmt.Errorf("--selector %q: %w", o.selector, err)
	}
	var list v1alpha1.PhoneNumberList
	if err := c.List(ctx, &list, client.InNamespace(c.Namespace), client.MatchingLabelsSelector{Selector: labels}); err != nil {
		return nil, cluster.Explain(err)
	}
	targets := make([]target, len(list.Items))
	for i := range list.Items {
		targets[i] = target{number: list.Items[i].Spec.Number, object: &list.Items[i]}
	}
	slices.SortFunc(targets, func(a, b target) int { return strings.Compare(a.number, b.number) })
	return targets, nil
}

// resolve finds the number of a name. A number that no object has is an error of its own
// later, as the batch has it.
func (o *deleteOptions) resolve(ctx context.Context, c *cluster.Cluster, argument string) (target, error) {
	if cluster.IsNumber(argument) {
		found, err := c.Numbered(ctx, argument, c.Namespace)
		if err != nil || len(found) == 0 {
			return target{number: argument}, err
		}
		return target{number: argument, object: &found[0]}, nil
	}
	owner, err := c.Find(ctx, argument)
	if err != nil {
		return target{}, err
	}
	number, ok := owner.(*v1alpha1.PhoneNumber)
	if !ok {
		return target{}, fmt.Errorf("%s is no number: delete trunks one by one", argument)
	}
	return target{number: number.Spec.Number, object: number}, nil
}

// readLines are the words of a file: the first of each line that is no comment.
func (o *deleteOptions) readLines(path string) ([]string, error) {
	from := o.Streams.In
	if path != "-" {
		file, err := os.Open(path) //nolint:gosec // G304: the user names the file
		if err != nil {
			return nil, err
		}
		defer func() { _ = file.Close() }()
		from = file
	}
	return words(from)
}

func words(from io.Reader) ([]string, error) {
	var words []string
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		if fields := strings.Fields(line); len(fields) > 0 {
			words = append(words, fields[0])
		}
	}
	return words, lines.Err()
}

// batch is the object that deletes the targets.
func (o *deleteOptions) batch(namespace string, targets []target) (*v1alpha1.PhoneNumberDeletion, error) {
	batch := &v1alpha1.PhoneNumberDeletion{
		TypeMeta:   metav1.TypeMeta{APIVersion: v1alpha1.GroupVersion.String(), Kind: "PhoneNumberDeletion"},
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, GenerateName: "plugin-"},
		Spec: v1alpha1.PhoneNumberDeletionSpec{
			DeletionPolicy: v1alpha1.DeletionPolicy(o.policy), TTLSecondsAfterFinished: new(int32(o.ttl.Seconds())),
		},
	}
	if o.agent != "" {
		batch.Spec.AgentRef = &v1alpha1.AgentReference{Name: o.agent}
	}
	if o.concurrency != 0 {
		batch.Spec.Concurrency = new(o.concurrency)
	}
	if o.dryRun == dryRunServer {
		batch.Spec.DryRun = new(true)
	}
	if o.selector == "" {
		for _, target := range targets {
			batch.Spec.PhoneNumbers = append(batch.Spec.PhoneNumbers, target.number)
		}
		return batch, nil
	}
	selector, err := metav1.ParseToLabelSelector(o.selector)
	batch.Spec.Selector = selector
	return batch, err
}

func showTargets(out *screen.Screen, namespace string, targets []target, policy string) {
	rows := [][]layout.Cell{layout.Head("NUMBER", "NAME", "AGENT", "POLICY", "NOTE")}
	for _, target := range targets {
		rows = append(rows, target.row(policy))
	}
	noun, verb := "number", "is"
	if len(targets) > 1 {
		noun, verb = "numbers", "are"
	}
	out.Say("%s in %s %s to be deleted:\n", out.Paint(layout.Bold, fmt.Sprintf("%d %s", len(targets), noun)), namespace, verb)
	out.Print(layout.Table(out.Paint, rows))
}

func (t target) row(policy string) []layout.Cell {
	if t.object == nil {
		return []layout.Cell{{Text: t.number}, {Text: "-"}, {Text: "-"}, {Text: "-"}, {Text: "no PhoneNumber of this namespace has it", Tone: layout.Warn}}
	}
	agent, note := "-", layout.Cell{}
	if t.object.Spec.AgentRef != nil {
		agent = t.object.Spec.AgentRef.Name
	}
	switch {
	case !t.object.DeletionTimestamp.IsZero():
		note.Text = "is being deleted already"
	case t.object.Annotations[v1alpha1.AnnotationDeletionProtection] == "true":
		note = layout.Cell{Text: "is protected from deletion", Tone: layout.Warn}
	case t.object.Annotations[v1alpha1.AnnotationPaused] == "true":
		note = layout.Cell{Text: "is paused", Tone: layout.Warn}
	}
	return append(layout.Cells(t.number, t.object.Name, agent, cmp.Or(policy, string(t.object.Spec.DeletionPolicy))), note)
}
