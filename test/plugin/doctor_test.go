package plugin

import (
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/internal/plugin/diagnosis"
	"github.com/callplane/callplane/test/bed/assets"
)

// TestDoctor checks an installation that is as it should be, as those who may see all of
// it and as those who may not, and one that lacks something.
func TestDoctor(t *testing.T) {
	eventually(t, "a leader", func(context.Context) string {
		got := phonenumber(t, "doctor")
		if got.code != 0 || !strings.Contains(got.stdout, "✓   Leader") {
			return got.stdout + got.stderr
		}
		return ""
	})
	phonenumber(t, "doctor", "-A", "--color=always").want(t, 0, "\x1b[32m✓\x1b[0m", "API server", "all 7 are served", "all 9 are there and bound",
		"1 of 1 replicas are available", "Installation id", "You may force", "TwilioAccount telephony/twilio", "Verified", "Numbers and trunks")
	viewer := person(t, "viewer", "view")
	got := phonenumber(t, "doctor", "--kubeconfig", viewer, "-n", w.Namespace)
	got.want(t, 0, "✓   You may see numbers", "!   You may delete numbers", "→ have somebody bind the ClusterRole edit", "?   CRDs ", "?   Admission policies ", "?   Manager ")
	phonenumber(t, "doctor", "--kubeconfig", viewer, "-n", "default").want(t, 1, "✗   You may see numbers")
	phonenumber(t, "doctor", "--server=https://127.0.0.1:1").want(t, 1, "✗   API server", "→ see that the kubeconfig")
	phonenumber(t, "doctor", "--manager-namespace=default").want(t, 1, "there is no Deployment callplane-manager in the namespace default", "guards against a manager in another namespace than default")
	t.Run("Unbound", unbound)
}

// unbound takes away the binding of a policy.
func unbound(t *testing.T) {
	binding := &admissionv1.ValidatingAdmissionPolicyBinding{
		ObjectMeta: metav1.ObjectMeta{Name: "callplane-policy-freeze"},
		Spec:       admissionv1.ValidatingAdmissionPolicyBindingSpec{PolicyName: "callplane-policy-freeze", ValidationActions: []admissionv1.ValidationAction{admissionv1.Deny}},
	}
	if err := w.Client.Delete(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	got := phonenumber(t, "doctor", "-o", "json")
	binding.ResourceVersion = ""
	if err := w.Client.Create(t.Context(), binding); err != nil {
		t.Fatal(err)
	}
	got.want(t, 1)
	var findings []diagnosis.Finding
	if err := json.Unmarshal([]byte(got.stdout), &findings); err != nil {
		t.Fatal(err)
	}
	for _, finding := range findings {
		if finding.Verdict == diagnosis.Failed && finding.Check == "Policy callplane-policy-freeze" && finding.Cure != "" {
			return
		}
	}
	t.Errorf("no finding says that the policy is not bound: %+v", findings)
}

// TestKubectl runs the plugin as people do, through kubectl, and has kubectl complete its
// arguments.
func TestKubectl(t *testing.T) {
	number(t, "complete-me", "+14155550140")
	root, err := assets.Root()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "bin") + ":" + filepath.Join(root, "bin", "testbed") + ":/usr/bin:/bin"
	kubectl := func(arguments ...string) result {
		binary, err := assets.Kubernetes("kubectl")
		if err != nil {
			t.Fatal(err)
		}
		command := exec.CommandContext(t.Context(), binary, arguments...)
		command.Env = append(environment(), "PATH="+path)
		return finished(t, command, "")
	}
	kubectl("phonenumber", "--help").want(t, 0, "kubectl phonenumber [command]", "Numbers:")
	kubectl("phonenumber", "version").want(t, 0, "Plugin:", "callplane.io/v1alpha1", "Server:  v1.", "Manager: callplane-manager:dev")
	kubectl("phonenumber", "version", "--client", "-o", "json").want(t, 0, `"api": "callplane.io/v1alpha1"`)
	kubectl("phonenumber", "status", "complete-me").want(t, 0, "Ready: Active")
	kubectl("phonenumber", "nonsense").want(t, 1, `unknown command "nonsense"`)
	kubectl("plugin", "list").want(t, 0, "kubectl-phonenumber")

	for words, want := range map[string][]string{
		"phonenumber ":                                   {"status", "doctor"},
		"phonenumber status comp":                        {"complete-me\t+14155550140"},
		"phonenumber delete +141555501":                  {"+14155550140\tcomplete-me"},
		"phonenumber status --namespace tele":            {"telephony"},
		"phonenumber status --context ":                  {"bed"},
		"phonenumber import --account ":                  {"twilio"},
		"phonenumber status complete-me -o ":             {"json", "wide"},
		"phonenumber delete complete-me --dry-run=":      {"server"},
		"phonenumber delete complete-me --color ":        {"always"},
		"phonenumber orphans --manager-namespace callpl": {"callplane-system"},
	} {
		kubectl(append([]string{"__complete"}, strings.Split(words, " ")...)...).want(t, 0, want...)
	}
}
