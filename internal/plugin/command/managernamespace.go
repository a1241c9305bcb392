package command

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// managerNamespace is where the manager's own objects are.
type managerNamespace struct{ name string }

const defaultManagerNamespace = "callplane-system"

// bind adds the flag to flags of a command: its own, or those that its own commands have too.
func (m *managerNamespace) bind(s *shell, command *cobra.Command, flags *pflag.FlagSet) {
	flags.StringVar(&m.name, "manager-namespace", defaultManagerNamespace, "namespace of the manager, where the OrphanRecords are")
	complete(command, "manager-namespace", func() []string { return s.names(contextOf(command), &corev1.NamespaceList{}, "") })
}

// contextOf is the one that the root was run with.
func contextOf(command *cobra.Command) context.Context { return command.Root().Context() }

func (m *managerNamespace) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: m.name, Name: name}
}
