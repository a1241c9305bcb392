package command

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/diagnosis"
	"github.com/callplane/callplane/internal/plugin/examination"
	"github.com/callplane/callplane/internal/plugin/layout"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type doctorOptions struct {
	*shell
	format
	managerNamespace
	allNamespaces bool
}

func (s *shell) doctor() *cobra.Command {
	o := &doctorOptions{shell: s}
	command := &cobra.Command{
		Use:   "doctor",
		Short: "Check the installation, your permissions, the accounts and the numbers",
		Long: `Check the API server, the CRDs, the admission policies, the manager and its leader, your
permissions, and the accounts, projects, numbers and trunks of the namespace. What is not
all right comes with its cure. Nothing is changed, and no provider is called.

Exit code: 0 if nothing failed, 1 otherwise. Warnings, and what you may not look at, are no
failure.`,
		Example: `  kubectl phonenumber doctor
  kubectl phonenumber doctor -A -o json`,
		Args: cobra.NoArgs,
		RunE: s.run(o.run),
	}
	o.format.bind(command, formatJSON, formatYAML)
	o.managerNamespace.bind(s, command, command.Flags())
	command.Flags().BoolVarP(&o.allNamespaces, "all-namespaces", "A", false, "look at the accounts, projects, numbers and trunks of all namespaces")
	return command
}

func (o *doctorOptions) run(ctx context.Context, out *screen.Screen, c *cluster.Cluster, _ []string) error {
	if err := o.check(); err != nil {
		return err
	}
	facts := examination.Gather(ctx, c, examination.Scope{
		Manager: o.name, AllNamespaces: o.allNamespaces, Now: o.Clock.Now(),
	})
	if ctx.Err() != nil {
		return ctx.Err()
	}
	findings := diagnosis.Examine(facts)
	if o.structured() {
		if err := o.print(out.Out, findings); err != nil {
			return err
		}
	} else {
		out.Print(layout.Table(out.Paint, diagnosis.Rows(findings)))
		out.Say("\n%s", diagnosis.Summary(findings))
	}
	if !diagnosis.Healthy(findings) {
		return outcome{code: exitFailed}
	}
	return nil
}
