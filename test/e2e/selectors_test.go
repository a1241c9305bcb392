package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// TestFieldSelectors has the API server pick numbers by what they refer to, as the jumps
// of config/k9s do, and people with kubectl.
func TestFieldSelectors(t *testing.T) {
	namespace := namespaceFor(t)
	of := func(name, number string, changes ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
		n := bareNumber(namespace, name, changes...)
		n.Spec.Number, n.Finalizers = number, nil
		return n
	}
	answered := func(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = &v1alpha1.AgentReference{Name: "support"} }
	createWith(t, asAdmin(t),
		of("answered", "+14155550100", answered),
		of("unanswered", "+14155550101"),
		of("shared", "+14155550102", answered, world.OnTrunk("account")),
	)
	cases := map[string]struct {
		reason, selector string
		want             []string
	}{
		"Agent":    {"The numbers of an agent.", "spec.agentRef.name=support", []string{"answered", "shared"}},
		"NoAgent":  {"Those that nobody answers.", "spec.agentRef.name=", []string{"unanswered"}},
		"Account":  {"A trunk may be called as the account is.", "spec.carrierRef.kind=TwilioAccount,spec.carrierRef.name=account", []string{"answered", "unanswered"}},
		"Trunk":    {"The numbers that share a trunk.", "spec.carrierRef.kind=SIPTrunk,spec.carrierRef.name=account", []string{"shared"}},
		"Platform": {"All numbers of a project.", "spec.platformRef.name=project", []string{"answered", "shared", "unanswered"}},
		"Number":   {"Whose is this number?", "spec.number=+14155550101", []string{"unanswered"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			stdout, stderr, err := plane.Kubectl(t.Context(), "get", "phonenumbers", "-n", namespace, "--field-selector="+tc.selector, "-o", "jsonpath={.items[*].metadata.name}")
			if err != nil {
				t.Fatalf("%v: %s", err, stderr)
			}
			if diff := cmp.Diff(tc.want, strings.Fields(stdout)); diff != "" {
				t.Errorf("%s -want +got:\n%s", tc.reason, diff)
			}
		})
	}
}
