package diagnosis

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/callplane/callplane/api/v1alpha1"
)

var (
	now       = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	missing   = apierrors.NewNotFound(schema.GroupResource{Resource: "things"}, "it")
	forbidden = apierrors.NewForbidden(schema.GroupResource{Resource: "things"}, "it", nil)
)

// sound is an installation in which all is well.
func sound(change ...func(*Facts)) Facts {
	facts := Facts{
		Now: now, Namespace: "callplane-system", Server: Server{Version: "v1.37.1"},
		CRDs: []CRD{{Name: "phonenumbers.callplane.io", Established: true}, {Name: "siptrunks.callplane.io", Established: true}},
		Policies: []Policy{
			{Name: "callplane-force-gate", Actions: []string{"Deny"}, Want: "Deny"},
			{Name: secretGuard, Actions: []string{"Deny"}, Want: "Deny", Text: "'system:serviceaccount:callplane-system:callplane-manager'"},
		},
		Manager:     Manager{Image: "callplane-manager:dev", Wanted: 1, Replicas: 1},
		Lease:       Lease{Holder: "pod-1", Renewed: now.Add(-3 * time.Second), Duration: 15 * time.Second},
		Identity:    Identity{ID: "abc234"},
		Permissions: []Permission{{For: "see numbers", Resource: "phonenumbers", Verbs: []string{"get"}, Namespace: "telephony", Needed: true}},
		Connections: []Connection{connection("True", "Verified")},
		Owners:      []Owner{owner("Ready", "True", "Active")},
	}
	for _, edit := range change {
		edit(&facts)
	}
	return facts
}

func connection(status metav1.ConditionStatus, reason string) Connection {
	c := Connection{Kind: "TwilioAccount", Namespace: "telephony", Name: "main"}
	if reason != "" {
		c.Status.Conditions = []metav1.Condition{{Type: "Ready", Status: status, Reason: reason, Message: "words"}}
	}
	return c
}

func owner(kind string, status metav1.ConditionStatus, reason string) Owner {
	n := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "telephony", Name: "line"}}
	n.Status.Conditions = []metav1.Condition{{Type: kind, Status: status, Reason: reason, Message: "words"}}
	return Owner{n}
}

func TestExamine(t *testing.T) {
	cases := map[string]struct {
		reason string
		change func(*Facts)
		// check and verdict of the finding that is not as in a sound installation.
		check   string
		verdict Verdict
		says    string
		cure    string
	}{
		"Unreachable":    {"without a server nothing else is looked at", func(f *Facts) { f.Server.Err = errors.New("refused") }, "API server", Failed, "refused", "kubeconfig"},
		"Old server":     {"the CRDs ask for a newer one", func(f *Facts) { f.Server.Version = "v1.30.9" }, "API server", Failed, "v1.30.9", "upgrade the cluster"},
		"Odd server":     {"a version that cannot be read is no failure", func(f *Facts) { f.Server.Version = "unknown" }, "API server", Warning, "unknown", "1.31"},
		"No CRD":         {"a kind is not there", func(f *Facts) { f.CRDs[0].Err = missing }, "CRD phonenumbers.callplane.io", Failed, "does not exist", "make install"},
		"Not served":     {"a kind is not served", func(f *Facts) { f.CRDs[0].Established = false }, "CRD phonenumbers.callplane.io", Failed, "not served", "kubectl describe crd"},
		"Older CRD":      {"the plugin knows more", func(f *Facts) { f.CRDs[0].Missing = []string{".a", ".b", ".c", ".d"} }, "CRD phonenumbers.callplane.io", Warning, "lacks .a, .b, .c and 1 more", "make install"},
		"Newer CRD":      {"the plugin knows less", func(f *Facts) { f.CRDs[0].Extra = []string{".a"} }, "CRD phonenumbers.callplane.io", Warning, "is newer than this plugin", "use the plugin of the version"},
		"CRDs forbidden": {"what nobody may look at is one finding", func(f *Facts) { f.CRDs[0].Err, f.CRDs[1].Err = forbidden, forbidden }, "CRDs", Unknown, "permissions", ""},
		"No policy":      {"a rule is not enforced", func(f *Facts) { f.Policies[0].Err = missing }, "Policy callplane-force-gate", Failed, "does not exist", "make install"},
		"Unbound":        {"a policy without a binding judges nothing", func(f *Facts) { f.Policies[0].BindingErr = missing }, "Policy callplane-force-gate", Failed, "is not bound", "make install"},
		"Audited":        {"a policy that only notes refuses nothing", func(f *Facts) { f.Policies[0].Actions = []string{"Audit"} }, "Policy callplane-force-gate", Failed, "with Audit, not with Deny", "make install"},
		"Not evaluated":  {"a policy that cannot be evaluated refuses all", func(f *Facts) { f.Policies[0].Problems = []string{"no such key"} }, "Policy callplane-force-gate", Failed, "no such key", "make install"},
		"Other manager":  {"the Secret guard knows the manager by its full name", func(f *Facts) { f.Policies[1].Text = "'system:serviceaccount:other:callplane-manager'" }, "Policy callplane-secret-guard", Failed, "another namespace than callplane-system", "make deploy NAMESPACE=callplane-system"},
		"No manager":     {"the manager may run elsewhere", func(f *Facts) { f.Manager.Err = missing }, "Manager", Warning, "there is no Deployment", "make deploy"},
		"Manager down":   {"nothing is done without it", func(f *Facts) { f.Manager.Replicas = 0 }, "Manager", Failed, "0 of 1", "kubectl describe deployment"},
		"One missing":    {"one of several is enough", func(f *Facts) { f.Manager.Wanted = 2 }, "Manager", Warning, "1 of 2", "kubectl get pods"},
		"No lease":       {"a manager may run without election", func(f *Facts) { f.Lease.Err = missing }, "Leader", Warning, "there is no lease", "kubectl logs"},
		"Released":       {"the last leader has ended", func(f *Facts) { f.Lease.Holder = "" }, "Leader", Failed, "nobody leads", "kubectl logs"},
		"Stale lease":    {"the leader does not renew", func(f *Facts) { f.Lease.Renewed = now.Add(-time.Hour) }, "Leader", Failed, "has not renewed its lease for 60m", "kubectl logs"},
		"No id":          {"the flag may give it", func(f *Facts) { f.Identity.Err = missing }, "Installation id", Warning, "there is no ConfigMap", "backup"},
		"Spoilt id":      {"nothing could be marked with it", func(f *Facts) { f.Identity.ID = "ABC" }, "Installation id", Failed, "is none", "backup"},
		"Blind":          {"without reading the plugin is of no use", func(f *Facts) { f.Permissions[0].Missing = []string{"get"} }, "You may see numbers", Failed, "no role of yours allows to get", "have somebody bind"},
		"May not": {"not everybody needs everything", func(f *Facts) { f.Permissions[0].Missing, f.Permissions[0].Needed = []string{"get"}, false },
			"You may see numbers", Warning, "no role of yours", "have somebody bind"},
		"Account":    {"its reason has a cure", func(f *Facts) { f.Connections[0] = connection("False", "AuthenticationFailed") }, "TwilioAccount telephony/main", Failed, "AuthenticationFailed: words", "put good credentials into the Secret"},
		"Unseen":     {"nobody has looked at an account", func(f *Facts) { f.Connections[0] = connection("", "") }, "TwilioAccount telephony/main", Failed, "nobody has looked", "manager runs"},
		"Corrupted":  {"a cleanup failed", func(f *Facts) { f.Owners[0] = owner("Corrupted", "True", "ResourceInUse") }, "PhoneNumber telephony/line", Failed, "ResourceInUse: words", "kubectl phonenumber status line -n telephony"},
		"Not ready":  {"a number is not set up", func(f *Facts) { f.Owners[0] = owner("Ready", "False", "Conflict") }, "PhoneNumber telephony/line", Warning, "Conflict: words", "kubectl phonenumber status line"},
		"No objects": {"they may not be listed", func(f *Facts) { f.Objects = forbidden }, "Objects", Unknown, "permissions", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			findings := Examine(sound(tc.change))
			for _, finding := range findings {
				if finding.Verdict == Fine {
					continue
				}
				if finding.Check != tc.check || finding.Verdict != tc.verdict || !strings.Contains(finding.Message, tc.says) || !strings.Contains(finding.Cure, tc.cure) || (finding.Cure == "") != (tc.cure == "") {
					t.Errorf("%s: found %+v", tc.reason, finding)
				}
				if Healthy(findings) != (tc.verdict != Failed) {
					t.Errorf("%s: healthy is %v", tc.reason, Healthy(findings))
				}
				return
			}
			t.Errorf("%s: nothing is found", tc.reason)
		})
	}
}

func TestSound(t *testing.T) {
	findings := Examine(sound())
	if got, want := Summary(findings), "9 checks: 9 fine."; got != want || !Healthy(findings) {
		t.Errorf("the summary is %q, want %q: %+v", got, want, findings)
	}
	// Whoever runs the manager without election may have an old lease.
	findings = Examine(sound(func(f *Facts) { f.Manager.Err, f.Lease.Renewed = missing, now.Add(-time.Hour) }))
	if !Healthy(findings) {
		t.Errorf("an old lease is blamed: %+v", findings)
	}
}

func TestCompare(t *testing.T) {
	text := apiextensionsv1.JSONSchemaProps{Type: "string"}
	nested := func(properties map[string]apiextensionsv1.JSONSchemaProps) apiextensionsv1.JSONSchemaProps {
		return apiextensionsv1.JSONSchemaProps{Properties: properties}
	}
	served := nested(map[string]apiextensionsv1.JSONSchemaProps{
		"apiVersion": text, "kind": text, "metadata": text,
		"spec": nested(map[string]apiextensionsv1.JSONSchemaProps{"agentName": text, "voice": text, "metadata": text}),
		"status": nested(map[string]apiextensionsv1.JSONSchemaProps{
			"observedGeneration": text,
			"conditions":         {Items: &apiextensionsv1.JSONSchemaPropsOrArray{Schema: new(nested(map[string]apiextensionsv1.JSONSchemaProps{"type": text}))}},
			"phoneNumbers":       nested(map[string]apiextensionsv1.JSONSchemaProps{"count": text, "names": text, "truncated": text}),
		}),
	})
	lacks, extra := Compare(v1alpha1.VoiceAgent{}, &served)
	if diff := cmp.Diff([][]string{{".spec.roomPrefix"}, {".spec.voice"}}, [][]string{lacks, extra}); diff != "" {
		t.Errorf("what the schema lacks and has besides (-want +got):\n%s", diff)
	}
}
