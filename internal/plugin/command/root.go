// Package command is the kubectl plugin: flags, arguments, what is asked and what is
// printed. What is said of an object is decided by the packages beside it; this one only
// brings them together with the API server and the terminal.
package command

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/cli-runtime/pkg/genericclioptions"
	"k8s.io/cli-runtime/pkg/genericiooptions"
	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/screen"
	"github.com/callplane/callplane/internal/provider"
)

// Options are what the plugin is given by its main.
type Options struct {
	Streams genericiooptions.IOStreams
	// Version of the plugin.
	Version string
	Clock   clock.Clock
	Scheme  *runtime.Scheme
	// Environment reads a variable.
	Environment func(string) string
	// Providers makes those that import looks through.
	Providers func(ProviderOptions) provider.Set
}

// ProviderOptions are how the providers are reached, as the manager has them.
type ProviderOptions struct {
	TwilioURL    string
	LiveKitHosts []string
}

// A shell is what all commands share.
type shell struct {
	Options
	flags *genericclioptions.ConfigFlags
	color string
}

const about = `See, delete, force, import and diagnose the phone numbers that Callplane keeps.

NAME is the name of a PhoneNumber, phonenumber/NAME or siptrunk/NAME; where it says
NUMBER, a number in E.164 will do, such as +14155550100.

Exit codes: 0 all is well; 1 it could not be done, or a check failed; 2 it was done, and
something is left: a cleanup failed, or a number of several has an error; 3 it is not
ready, or not gone yet; 130 after Ctrl-C.`

// Groups of commands in the help.
const (
	groupNumbers = "numbers"
	groupSetup   = "setup"
)

// New returns the plugin's command.
func New(o Options) *cobra.Command {
	s := &shell{Options: o, flags: genericclioptions.NewConfigFlags(true)}
	root := &cobra.Command{
		Use:           "kubectl-phonenumber",
		Short:         "Manage the phone numbers that Callplane keeps",
		Long:          about,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl phonenumber"},
		SilenceUsage:  true,
		SilenceErrors: true,
		Version:       o.Version,
	}
	root.SetIn(o.Streams.In)
	root.SetOut(o.Streams.Out)
	root.SetErr(o.Streams.ErrOut)
	root.AddGroup(&cobra.Group{ID: groupNumbers, Title: "Numbers:"}, &cobra.Group{ID: groupSetup, Title: "Setup:"})
	root.SetCompletionCommandGroupID(groupSetup)
	root.SetHelpCommandGroupID(groupSetup)
	s.flags.AddFlags(root.PersistentFlags())
	root.PersistentFlags().StringVar(&s.color, "color", screen.Auto, "when to use colours: auto (on terminals, unless NO_COLOR is set), always or never")
	s.completeFlags(root)
	s.add(root, groupNumbers, s.status, s.delete, s.retry, s.forceDelete, s.orphans, s.importCommand)
	s.add(root, groupSetup, s.doctor, s.version)
	return root
}

func (s *shell) add(root *cobra.Command, group string, commands ...func() *cobra.Command) {
	for _, construct := range commands {
		command := construct()
		command.GroupID = group
		root.AddCommand(command)
	}
}

func (s *shell) screen() (*screen.Screen, error) {
	return screen.New(s.Streams, s.color, s.Environment)
}

// open is for commands that print and call the API server.
func (s *shell) open() (*screen.Screen, *cluster.Cluster, error) {
	out, err := s.screen()
	if err != nil {
		return nil, nil, err
	}
	c, err := s.connect(func(text string) { out.Warn("Warning: %s", text) }, 0)
	return out, c, err
}

// connect bounds each request by a patience, unless that is 0.
func (s *shell) connect(warn func(string), patience time.Duration) (*cluster.Cluster, error) {
	return cluster.Open(cluster.Options{
		Flags: s.flags, Scheme: s.Scheme, UserAgent: fmt.Sprintf("kubectl-phonenumber/%s", s.Version),
		Warnings: &cluster.Warnings{Print: warn}, Patience: patience,
	})
}

// run is the body of a command that calls the API server.
func (s *shell) run(body func(context.Context, *screen.Screen, *cluster.Cluster, []string) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, arguments []string) error {
		out, c, err := s.open()
		if err != nil {
			return err
		}
		return body(command.Context(), out, c, arguments)
	}
}
