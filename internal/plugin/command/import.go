package command

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/connection"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/inventory"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type importOptions struct {
	*shell
	format
	ProviderOptions
	account, project string
	onDelete         string
}

func (s *shell) importCommand() *cobra.Command {
	o := &importOptions{shell: s}
	command := &cobra.Command{
		Use:   "import --account NAME --project NAME [NUMBER ...]",
		Short: "Find numbers that work without Callplane, and print PhoneNumbers that take them over",
		Long: `Look through a TwilioAccount and a LiveKitProject for numbers with their trunks, lists and
dispatch rules, and print the PhoneNumbers that use what is there. Nothing is changed, and
nothing is created in the cluster: read what is printed, edit it, then kubectl apply it.

The credentials are read from the Secrets that the two objects name, with your own
permissions, and go to the providers from this machine.`,
		Example: `  kubectl phonenumber import --account main --project main > numbers.yaml
  kubectl phonenumber import --account main --project main +14155550100 --on-delete=Delete`,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              s.run(o.run),
	}
	o.bind(command, formatYAML, formatJSON, formatName)
	flags := command.Flags()
	flags.StringVar(&o.account, "account", "", "name of the TwilioAccount")
	flags.StringVar(&o.project, "project", "", "name of the LiveKitProject")
	flags.StringVar(&o.onDelete, "on-delete", string(v1alpha1.OnDeleteLeave), "what becomes of what is imported when the number is deleted: Leave or Delete")
	flags.StringVar(&o.TwilioURL, "twilio-url", "", "scheme and host that requests to Twilio go to, as the manager has it")
	flags.StringSliceVar(&o.LiveKitHosts, "livekit-allowed-hosts", nil, "hosts that the LiveKitProject may name, as the manager has it (default *.livekit.cloud)")
	for _, required := range []string{"account", "project"} {
		// It fails only for a flag that does not exist.
		_ = command.MarkFlagRequired(required)
	}
	complete(command, "account", func() []string { return s.names(contextOf(command), &v1alpha1.TwilioAccountList{}, s.namespace()) })
	complete(command, "project", func() []string { return s.names(contextOf(command), &v1alpha1.LiveKitProjectList{}, s.namespace()) })
	complete(command, "on-delete", func() []string { return []string{string(v1alpha1.OnDeleteLeave), string(v1alpha1.OnDeleteDelete)} })
	return command
}

func (o *importOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, numbers []string) error {
	if err := o.check(); err != nil {
		return err
	}
	if policy := v1alpha1.OnDelete(o.onDelete); policy != v1alpha1.OnDeleteLeave && policy != v1alpha1.OnDeleteDelete {
		return fmt.Errorf("--on-delete %q must be Leave or Delete", o.onDelete)
	}
	for _, number := range numbers {
		if err := cluster.CheckNumber(number); err != nil {
			return err
		}
	}
	sources, err := o.sources(ctx, out, c)
	if err != nil {
		return err
	}
	proposals, omissions := inventory.Propose(sources)
	if len(numbers) > 0 {
		if proposals, omissions, err = only(numbers, proposals, omissions); err != nil {
			return err
		}
	}
	return o.show(out, proposals, omissions)
}

// sources reads all that numbers are found from.
func (o *importOptions) sources(ctx context.Context, out *screen.Screen, c *cluster.Cluster) (inventory.Sources, error) {
	from := inventory.Sources{Namespace: c.Namespace, Account: o.account, Project: o.project, OnDelete: v1alpha1.OnDelete(o.onDelete)}
	var err error
	if from.Carrier, err = o.survey(ctx, c, v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: o.account}); err != nil {
		return from, err
	}
	if from.Platform, err = o.survey(ctx, c, v1alpha1.Connection{Kind: v1alpha1.KindLiveKitProject, Name: o.project}); err != nil {
		return from, err
	}
	if from.Known, err = c.Owners(ctx, ""); err != nil {
		out.Warn("Warning: only the namespace %s is looked through for numbers that are declared already: %v", c.Namespace, err)
		if from.Known, err = c.Owners(ctx, c.Namespace); err != nil {
			return from, err
		}
	}
	var agents v1alpha1.VoiceAgentList
	err = c.List(ctx, &agents, client.InNamespace(c.Namespace))
	from.Agents = agents.Items
	return from, cluster.Explain(err)
}

// survey signs in with the credentials of an object and lists what is there.
func (o *importOptions) survey(ctx context.Context, c *cluster.Cluster, at v1alpha1.Connection) ([]external.Holding, error) {
	resolver := connection.Resolver{Objects: c, Secrets: c, Providers: o.Providers(o.ProviderOptions)}
	object, err := resolver.Get(ctx, c.Namespace, at)
	if err != nil {
		return nil, cluster.Explain(err)
	}
	session, err := resolver.Open(ctx, object)
	if err == nil {
		err = session.Verify(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("signing in with %s: %w", connection.Describe(at), err)
	}
	surveyed, ok := session.(external.Surveyed)
	if !ok {
		return nil, fmt.Errorf("%s cannot be looked through", connection.Describe(at))
	}
	holdings, err := surveyed.Survey(ctx)
	if err != nil {
		return nil, fmt.Errorf("looking through %s: %w", connection.Describe(at), err)
	}
	return holdings, nil
}

// only leaves what concerns some numbers.
func only(numbers []string, proposals []inventory.Proposal, omissions []inventory.Omission) ([]inventory.Proposal, []inventory.Omission, error) {
	found := map[string]bool{}
	wanted := func(number string) bool {
		found[number] = true
		return slices.Contains(numbers, number)
	}
	proposals = slices.DeleteFunc(proposals, func(p inventory.Proposal) bool { return !wanted(p.Number.Spec.Number) })
	omissions = slices.DeleteFunc(omissions, func(o inventory.Omission) bool { return !wanted(o.Number) })
	for _, number := range numbers {
		if !found[number] {
			return nil, nil, fmt.Errorf("%s is not in the account", number)
		}
	}
	return proposals, omissions, nil
}

func (o *importOptions) show(out *screen.Screen, proposals []inventory.Proposal, omissions []inventory.Omission) error {
	for _, omission := range omissions {
		out.Warn("Left out: %s: %s", omission.Number, layout.Line(omission.Reason))
	}
	if len(proposals) == 0 {
		return errors.New("there is no number that can be taken over as things are")
	}
	objects := inventory.Objects(proposals)
	switch o.value {
	case formatJSON:
		return o.print(out.Out, map[string]any{"apiVersion": "v1", "kind": "List", "items": objects})
	case formatName:
		for _, proposal := range proposals {
			out.Say("%s", resourceName(v1alpha1.KindPhoneNumber, proposal.Number.Name))
		}
		return nil
	}
	return printManifests(out, objects, proposals)
}

// printManifests prints each object as YAML, and what is to be known of it as a comment.
func printManifests(out *screen.Screen, objects []metav1.Object, proposals []inventory.Proposal) error {
	for i, object := range objects {
		if i > 0 {
			out.Say("---")
		}
		for _, proposal := range proposals {
			for _, note := range proposal.Notes {
				if metav1.Object(proposal.Number) == object {
					out.Say("# %s: %s.", proposal.Number.Spec.Number, layout.Line(note))
				}
			}
		}
		text, err := inventory.Manifest(object)
		if err != nil {
			return err
		}
		out.Print(string(text))
	}
	return nil
}
