package command

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"
	appsv1 "k8s.io/api/apps/v1"
	"k8s.io/client-go/discovery"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/screen"
)

type versionOptions struct {
	*shell
	format
	managerNamespace
	client bool
}

// versions are what -o json prints.
type versions struct {
	Plugin  string `json:"plugin"`
	Go      string `json:"go"`
	API     string `json:"api"`
	Server  string `json:"server,omitempty"`
	Manager string `json:"manager,omitempty"`
}

func (s *shell) version() *cobra.Command {
	o := &versionOptions{shell: s}
	command := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the plugin, the API server and the manager",
		Args:  cobra.NoArgs,
		RunE:  func(command *cobra.Command, _ []string) error { return o.run(command.Context()) },
	}
	o.format.bind(command, formatJSON, formatYAML)
	o.managerNamespace.bind(s, command, command.Flags())
	command.Flags().BoolVar(&o.client, "client", false, "ask nobody, and print only that of the plugin")
	return command
}

func (o *versionOptions) run(ctx context.Context) error {
	if err := o.check(); err != nil {
		return err
	}
	out, err := o.screen()
	if err != nil {
		return err
	}
	found := versions{Plugin: o.Version, Go: runtime.Version(), API: v1alpha1.GroupVersion.String()}
	if !o.client {
		o.ask(ctx, out, &found)
	}
	if o.structured() {
		return o.print(out.Out, found)
	}
	out.Say("Plugin:  %s, %s, %s", found.Plugin, found.API, found.Go)
	if found.Server != "" {
		out.Say("Server:  %s", found.Server)
	}
	if found.Manager != "" {
		out.Say("Manager: %s", found.Manager)
	}
	return nil
}

// ask fills in what the cluster tells. That it does not is no failure.
func (o *versionOptions) ask(ctx context.Context, out *screen.Screen, found *versions) {
	c, err := o.connect(func(string) {}, 0)
	if err == nil {
		found.Server, err = serverVersion(c)
	}
	if err != nil {
		out.Warn("Warning: the server's version is not known: %v", err)
		return
	}
	var deployment appsv1.Deployment
	if err := c.Get(ctx, o.key(managerDeployment), &deployment); err != nil {
		out.Warn("Warning: the manager's version is not known: %v", cluster.Explain(err))
		return
	}
	found.Manager = imageOf(deployment)
}

const managerDeployment = "callplane-manager"

func imageOf(deployment appsv1.Deployment) string {
	if containers := deployment.Spec.Template.Spec.Containers; len(containers) > 0 {
		return containers[0].Image
	}
	return ""
}

func serverVersion(c *cluster.Cluster) (string, error) {
	d, err := discovery.NewDiscoveryClientForConfig(c.Config)
	if err != nil {
		return "", err
	}
	info, err := d.ServerVersion()
	if err != nil {
		return "", cluster.Explain(err)
	}
	return info.GitVersion, nil
}
