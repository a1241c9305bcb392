package command

import (
	"context"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// managerNamespace is where the manager's own objects are.
type managerNamespace struct{ name string }

const defaultManagerNamespace = "callplane-system"

func (m *managerNamespace) bind(s *shell, command *cobra.Command) {
	command.Flags().StringVar(&m.name, "manager-namespace", defaultManagerNamespace, "namespace of the manager, where the OrphanRecords are")
	complete(command, "manager-namespace", func() []string { return s.names(contextOf(command), &corev1.NamespaceList{}, "") })
}

// bindPersistent is bind for a command with commands of its own.
func (m *managerNamespace) bindPersistent(s *shell, command *cobra.Command) {
	command.PersistentFlags().StringVar(&m.name, "manager-namespace", defaultManagerNamespace, "namespace of the manager, where the OrphanRecords are")
	complete(command, "manager-namespace", func() []string { return s.names(contextOf(command), &corev1.NamespaceList{}, "") })
}

// contextOf is the one that the root was run with.
func contextOf(command *cobra.Command) context.Context { return command.Root().Context() }

func (m *managerNamespace) key(name string) client.ObjectKey {
	return client.ObjectKey{Namespace: m.name, Name: name}
}
