package examination

import (
	"context"
	"strings"

	authorizationv1 "k8s.io/api/authorization/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/diagnosis"
)

// wanted are the permissions that the plugin makes use of. Without a namespace they are
// asked for in the current one.
func wanted(manager string) []diagnosis.Permission {
	return []diagnosis.Permission{
		{For: "see numbers", Resource: "phonenumbers", Verbs: []string{"get", "list", "watch"}, Role: "the ClusterRole view", Needed: true},
		{For: "delete numbers", Resource: "phonenumbers", Verbs: []string{"delete"}, Role: "the ClusterRole edit"},
		{For: "ask for a retry", Resource: "phonenumbers", Verbs: []string{"patch"}, Role: "the ClusterRole edit"},
		{For: "delete many", Resource: "phonenumberdeletions", Verbs: []string{"create", "get", "list", "watch"}, Role: "the ClusterRole edit"},
		{For: "force", Resource: "phonenumbers/force-delete", Verbs: []string{"update"}, Role: "the ClusterRole callplane-force-delete"},
		{For: "import", Resource: "secrets", Verbs: []string{"get"}, Role: "the ClusterRole edit"},
		{For: "see orphans", Resource: "orphanrecords", Verbs: []string{"get", "list", "watch"}, Namespace: manager, Role: "the Role callplane-orphans"},
		{For: "delete orphans", Resource: "orphanrecords/delete-external", Verbs: []string{"update"}, Namespace: manager, Role: "the Role callplane-orphans"},
	}
}

func permissions(ctx context.Context, c *cluster.Cluster, manager string) []diagnosis.Permission {
	all := wanted(manager)
	for i := range all {
		if all[i].Namespace == "" {
			all[i].Namespace = c.Namespace
		}
		for _, verb := range all[i].Verbs {
			allowed, err := may(ctx, c, verb, all[i])
			if err != nil {
				all[i].Err = err
				break
			}
			if !allowed {
				all[i].Missing = append(all[i].Missing, verb)
			}
		}
	}
	return all
}

func may(ctx context.Context, c *cluster.Cluster, verb string, p diagnosis.Permission) (bool, error) {
	resource, subresource, _ := strings.Cut(p.Resource, "/")
	group := v1alpha1.GroupVersion.Group
	if resource == "secrets" {
		group = ""
	}
	review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Namespace: p.Namespace, Verb: verb, Group: group, Resource: resource, Subresource: subresource,
		},
	}}
	err := c.Create(ctx, review)
	return review.Status.Allowed, cluster.Explain(err)
}
