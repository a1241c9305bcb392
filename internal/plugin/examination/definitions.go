package examination

import (
	"context"
	"fmt"
	"slices"
	"strings"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/cluster"
	"github.com/callplane/callplane/internal/plugin/diagnosis"
)

// kinds are those of the API, by the plural under which they are served.
var kinds = map[string]any{
	"phonenumbers": v1alpha1.PhoneNumber{}, "twilioaccounts": v1alpha1.TwilioAccount{}, "livekitprojects": v1alpha1.LiveKitProject{},
	"voiceagents": v1alpha1.VoiceAgent{}, "siptrunks": v1alpha1.SIPTrunk{}, "phonenumberdeletions": v1alpha1.PhoneNumberDeletion{},
	"orphanrecords": v1alpha1.OrphanRecord{},
}

// Kinds are the names of the CRDs.
func Kinds() []string {
	var names []string
	for plural := range kinds {
		names = append(names, plural+"."+v1alpha1.GroupVersion.Group)
	}
	slices.Sort(names)
	return names
}

func crds(ctx context.Context, c *cluster.Cluster) []diagnosis.CRD {
	var found []diagnosis.CRD
	for _, name := range Kinds() {
		found = append(found, crd(ctx, c, name))
	}
	return found
}

func crd(ctx context.Context, c *cluster.Cluster, name string) diagnosis.CRD {
	found := diagnosis.CRD{Name: name}
	var definition apiextensionsv1.CustomResourceDefinition
	if found.Err = c.Get(ctx, client.ObjectKey{Name: name}, &definition); found.Err != nil {
		return found
	}
	for _, condition := range definition.Status.Conditions {
		if condition.Type == apiextensionsv1.Established && condition.Status == apiextensionsv1.ConditionTrue {
			found.Established = true
		}
	}
	plural, _, _ := strings.Cut(name, ".")
	for _, version := range definition.Spec.Versions {
		if version.Name == v1alpha1.GroupVersion.Version && version.Served && version.Schema != nil {
			found.Missing, found.Extra = diagnosis.Compare(kinds[plural], version.Schema.OpenAPIV3Schema)
			return found
		}
	}
	found.Missing = []string{"the version " + v1alpha1.GroupVersion.Version}
	return found
}

// Policies are the admission policies of config/policy, with what they do.
var Policies = map[string]string{
	"callplane-batch-permission":    string(admissionv1.Deny),
	"callplane-crd-guard":           string(admissionv1.Deny),
	"callplane-deletion-plan":       string(admissionv1.Warn),
	"callplane-deletion-protection": string(admissionv1.Deny),
	"callplane-finalizer-guard":     string(admissionv1.Deny),
	"callplane-force-gate":          string(admissionv1.Deny),
	"callplane-orphan-gate":         string(admissionv1.Deny),
	"callplane-policy-freeze":       string(admissionv1.Deny),
	"callplane-secret-guard":        string(admissionv1.Deny),
}

func policies(ctx context.Context, c *cluster.Cluster) []diagnosis.Policy {
	var found []diagnosis.Policy
	for name, want := range Policies {
		found = append(found, policy(ctx, c, name, want))
	}
	slices.SortFunc(found, func(a, b diagnosis.Policy) int { return strings.Compare(a.Name, b.Name) })
	return found
}

func policy(ctx context.Context, c *cluster.Cluster, name, want string) diagnosis.Policy {
	found := diagnosis.Policy{Name: name, Want: want}
	var policy admissionv1.ValidatingAdmissionPolicy
	if found.Err = c.Get(ctx, client.ObjectKey{Name: name}, &policy); found.Err != nil {
		return found
	}
	found.Text = fmt.Sprintf("%+v %+v %+v", policy.Spec.Validations, policy.Spec.MatchConditions, policy.Spec.Variables)
	if checked := policy.Status.TypeChecking; checked != nil {
		for _, warning := range checked.ExpressionWarnings {
			found.Problems = append(found.Problems, warning.FieldRef+": "+warning.Warning)
		}
	}
	var binding admissionv1.ValidatingAdmissionPolicyBinding
	if found.BindingErr = c.Get(ctx, client.ObjectKey{Name: name}, &binding); found.BindingErr != nil {
		return found
	}
	for _, action := range binding.Spec.ValidationActions {
		found.Actions = append(found.Actions, string(action))
	}
	return found
}
