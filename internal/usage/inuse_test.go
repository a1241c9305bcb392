package usage

import (
	"context"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// TestTrunksInUse keeps an account and a project for a trunk that has no number yet.
func TestTrunksInUse(t *testing.T) {
	elsewhere := trunk("elsewhere", func(shared *v1alpha1.SIPTrunk) { shared.Namespace = "sales" })
	cases := map[string]struct {
		reason  string
		objects []client.Object
		account bool
		project bool
	}{
		"nobody":            {reason: "nothing is needed"},
		"a trunk at Twilio": {reason: "it was made with both", objects: []client.Object{trunk("main")}, account: true, project: true},
		"a bare trunk":      {reason: "its carrier is no account", objects: []client.Object{trunk("main", atAddress)}, project: true},
		"another namespace": {reason: "references do not leave a namespace", objects: []client.Object{elsewhere}},
		"a number on a trunk": {
			reason: "of its own it needs the project alone", objects: []client.Object{number("a", onTrunk("main"))}, project: true,
		},
		"a number that is set up": {
			reason: "what was made with the account needs it", objects: []client.Object{number("a", onTrunk("main"), made("attach", "TwilioAccount", "twilio"))},
			account: true, project: true,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			reader := indexed(t, c.objects...)
			for used, want := range map[v1alpha1.Connection]bool{
				{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"}: c.account, {Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}: c.project,
			} {
				for name, inUse := range map[string]func(context.Context, client.Reader, string, v1alpha1.Connection) (bool, error){"InUse": InUse, "InUseNow": InUseNow} {
					if got, err := inUse(t.Context(), reader, "support", used); err != nil || got != want {
						t.Errorf("%s of %s: %v, %v, want %v: %s", name, connectionKey(used), got, err, want, c.reason)
					}
				}
			}
		})
	}
}
