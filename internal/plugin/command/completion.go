package command

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/tools/clientcmd/api"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
)

// completionPatience is for how long somebody who pressed Tab waits for an answer.
const completionPatience = 3 * time.Second

// complete offers values for a flag.
func complete(command *cobra.Command, flag string, values func() []string) {
	// It fails only for a flag that does not exist.
	_ = command.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		return begins(values(), begun), cobra.ShellCompDirectiveNoFileComp
	})
}

func begins(values []string, with string) []string {
	return slices.DeleteFunc(slices.Clone(values), func(value string) bool { return !strings.HasPrefix(value, with) })
}

func (s *shell) completeFlags(root *cobra.Command) {
	complete(root, "color", func() []string { return []string{"auto", "always", "never"} })
	complete(root, "context", func() []string { return keys(s.kubeconfig().Contexts) })
	complete(root, "cluster", func() []string { return keys(s.kubeconfig().Clusters) })
	complete(root, "user", func() []string { return keys(s.kubeconfig().AuthInfos) })
	complete(root, "namespace", func() []string { return s.names(root.Context(), &corev1.NamespaceList{}, "") })
}

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

func (s *shell) kubeconfig() api.Config {
	config, err := s.flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return api.Config{}
	}
	return config
}

// names are those of all objects of a kind, none where they cannot be had.
func (s *shell) names(ctx context.Context, list client.ObjectList, namespace string) []string {
	var names []string
	s.each(ctx, list, namespace, func(object client.Object) { names = append(names, object.GetName()) })
	slices.Sort(names)
	return names
}

func (s *shell) each(ctx context.Context, list client.ObjectList, namespace string, do func(client.Object)) {
	c, err := s.connect(func(string) {}, completionPatience)
	if err != nil || ctx == nil {
		return
	}
	if err := c.List(ctx, list, client.InNamespace(namespace)); err != nil {
		return
	}
	cluster.Each(list, do)
}

// completeObjects offers names of numbers and, once somebody has begun one, numbers
// or trunks.
func (s *shell) completeObjects(many bool) cobra.CompletionFunc {
	return func(command *cobra.Command, named []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(named) > 0 && !many {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var words []string
		s.each(command.Context(), &v1alpha1.PhoneNumberList{}, s.namespace(), func(object client.Object) {
			number := object.(*v1alpha1.PhoneNumber)
			words = append(words, number.Name+"\t"+number.Spec.Number)
			if cluster.IsNumber(begun) {
				words = append(words, number.Spec.Number+"\t"+number.Name)
			}
		})
		if strings.HasPrefix(begun, "siptrunk/") {
			s.each(command.Context(), &v1alpha1.SIPTrunkList{}, s.namespace(), func(object client.Object) {
				words = append(words, "siptrunk/"+object.GetName())
			})
		}
		words = slices.DeleteFunc(begins(words, begun), func(word string) bool {
			value, _, _ := strings.Cut(word, "\t")
			return slices.Contains(named, value)
		})
		slices.Sort(words)
		return words, cobra.ShellCompDirectiveNoFileComp
	}
}

func (s *shell) namespace() string {
	namespace, _, err := s.flags.ToRawKubeConfigLoader().Namespace()
	if err != nil {
		return ""
	}
	return namespace
}
