package plugin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/report"
	"github.com/callplane/callplane/test/world"
)

func TestStatus(t *testing.T) {
	object := number(t, "reception", "+14155550101", world.Outbound)
	said := []string{"PhoneNumber reception (+14155550101) in telephony", "Ready: Active", "support", "TwilioAccount twilio", "├─ twilio " + w.Account.SID, "└─ livekit "}
	for _, entry := range object.Status.ExternalResources {
		said = append(said, entry.Kind, entry.ID)
	}
	cases := map[string]struct {
		reason    string
		arguments []string
		code      int
		said      []string
	}{
		"Name":     {"the whole ledger is shown", []string{"status", "reception"}, 0, said},
		"Number":   {"a number names its object", []string{"status", "+14155550101"}, 0, said},
		"Type":     {"a name may have its type", []string{"status", "phonenumber/reception"}, 0, said},
		"Anywhere": {"a number is found in any namespace", []string{"status", "-n", "default", "-A", "+14155550101"}, 0, said},
		"Name in the output": {"a number leads to a name",
			[]string{"status", "+14155550101", "-o", "name"}, 0, []string{"phonenumber.callplane.io/reception\n"}},
		"Colours": {"colours can be had off a terminal", []string{"status", "reception", "--color=always"}, 0, []string{"\x1b[32mReady: Active\x1b[0m"}},
		"Wide":    {"the names at the providers are shown", []string{"status", "reception", "-o", "wide"}, 0, []string{object.Status.ExternalResources[1].Name}},

		"Unknown name":     {"it says what is not there", []string{"status", "nobody"}, 1, []string{`error: there is no PhoneNumber "nobody" in the namespace telephony`}},
		"Unknown number":   {"it says where it looked", []string{"status", "+14155559999"}, 1, []string{"there is no PhoneNumber with the number +14155559999 in the namespace telephony"}},
		"No number":        {"it says how one is written", []string{"status", "+1 415"}, 1, []string{"is not a number in E.164"}},
		"Unknown type":     {"it says what can be named", []string{"status", "pod/x"}, 1, []string{"siptrunk/NAME"}},
		"Unknown format":   {"it says which there are", []string{"status", "reception", "-o", "xml"}, 1, []string{"must be one of: wide, json, yaml, name"}},
		"Name in all":      {"a name is that of one namespace", []string{"status", "reception", "-A"}, 1, []string{"--all-namespaces is for a number"}},
		"Unknown colour":   {"it says which there are", []string{"status", "reception", "--color=some"}, 1, []string{"auto, always or never"}},
		"Unknown context":  {"the kubeconfig has the last word", []string{"status", "reception", "--context=nowhere"}, 1, []string{"context was not found for specified context: nowhere"}},
		"Unreachable":      {"it says who does not answer", []string{"status", "reception", "--server=https://127.0.0.1:1"}, 1, []string{"the API server cannot be reached"}},
		"Without argument": {"it says what is missing", []string{"status"}, 1, []string{"accepts 1 arg(s)"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			t.Log(tc.reason)
			phonenumber(t, tc.arguments...).want(t, tc.code, tc.said...)
		})
	}
	t.Run("Formats", func(t *testing.T) { wantReports(t, object) })
}

// wantReports reads what is printed for programs.
func wantReports(t *testing.T, object *v1alpha1.PhoneNumber) {
	t.Helper()
	for format, parse := range map[string]func([]byte, any) error{
		"json": json.Unmarshal,
		"yaml": func(text []byte, into any) error { return yaml.Unmarshal(text, into) },
	} {
		got := phonenumber(t, "status", "reception", "-o", format)
		got.want(t, 0)
		var read report.Report
		if err := parse([]byte(got.stdout), &read); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(object.Status.ExternalResources, read.ExternalResources); diff != "" || read.State != "Ready" || read.Number != object.Spec.Number {
			t.Errorf("%s: state %s of %s; ledger (-object +report):\n%s", format, read.State, read.Number, diff)
		}
	}
}

// TestWatch follows a number from its beginning until it is ready.
func TestWatch(t *testing.T) {
	object := w.PhoneNumber("newcomer", func(n *v1alpha1.PhoneNumber) {
		n.Spec.Number, n.Spec.AgentRef = "+14155550102", &v1alpha1.AgentReference{Name: "night"}
	})
	w.Twilio.AddNumber(w.Account.SID, object.Spec.Number, numberOptions)
	if err := w.Client.Create(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	eventuallySays(t, 3, "ReferenceNotFound", "Create what the message names", "status", "newcomer")
	phonenumber(t, "status", "newcomer", "--watch", "--timeout=1s").want(t, 3, "is still NotReady")

	following := follow(t, "status", "newcomer", "-w")
	following.until(t, "ReferenceNotFound")
	patch(t, object, `{"spec":{"agentRef":{"name":"support"}}}`)
	got := following.end(t)
	got.want(t, 0, "Ready: Active")
	if last := got.stdout[strings.LastIndex(got.stdout, "PhoneNumber newcomer"):]; !strings.Contains(last, "Ready: Active") {
		t.Errorf("the last picture is not that of a number which is ready:\n%s", last)
	}
}
