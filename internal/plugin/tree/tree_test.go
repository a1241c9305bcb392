package tree

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/plugin/layout"
)

func entry(slot, kind, id, parent string, change ...func(*v1alpha1.ExternalResource)) v1alpha1.ExternalResource {
	e := v1alpha1.ExternalResource{
		Slot: slot, Provider: "twilio", Kind: kind, Account: "AC1", ID: id, ParentID: parent, Name: "cp-" + slot,
		Connection: v1alpha1.Connection{Kind: "TwilioAccount", Name: "main"}, Origin: v1alpha1.OriginCreated, State: v1alpha1.StateReady,
	}
	for _, edit := range change {
		edit(&e)
	}
	return e
}

func atLiveKit(e *v1alpha1.ExternalResource) {
	e.Provider, e.Account, e.Connection = "livekit", "x.livekit.cloud", v1alpha1.Connection{Kind: "LiveKitProject", Name: "main"}
}

func TestRows(t *testing.T) {
	cases := map[string]struct {
		reason string
		wide   bool
		ledger []v1alpha1.ExternalResource
		want   string
	}{
		"Nothing": {reason: "an empty ledger has no tree"},
		"Nested": {
			reason: "what is in something is below it; of what bears one id, the container is what was made first",
			ledger: []v1alpha1.ExternalResource{
				entry("number", "PhoneNumber", "PN1", "", func(e *v1alpha1.ExternalResource) { e.Origin = v1alpha1.OriginAdopted }),
				entry("trunk", "Trunk", "TK1", ""), entry("creds", "CredentialList", "CL1", ""), entry("cred", "Credential", "CR1", "CL1"),
				entry("crdlink", "TrunkCredentialList", "CL1", "TK1"), entry("attach", "TrunkPhoneNumber", "PN1", "TK1"),
				entry("rule", "SIPDispatchRule", "SDR_1", "", atLiveKit),
			},
			want: `├─ twilio AC1 (TwilioAccount main)
│  ├─ PhoneNumber              PN1     Ready   was there before
│  ├─ Trunk                    TK1     Ready
│  │  ├─ TrunkCredentialList   CL1     Ready
│  │  └─ TrunkPhoneNumber      PN1     Ready
│  └─ CredentialList           CL1     Ready
│     └─ Credential            CR1     Ready
└─ livekit x.livekit.cloud (LiveKitProject main)
   └─ SIPDispatchRule          SDR_1   Ready
`,
		},
		"Elsewhere": {
			reason: "what is in somebody else's container says in which",
			ledger: []v1alpha1.ExternalResource{entry("attach", "TrunkPhoneNumber", "PN1", "TK9")},
			want: `└─ twilio AC1 (TwilioAccount main)
   └─ TrunkPhoneNumber   PN1   Ready   in TK9
`,
		},
		"Perhaps": {
			reason: "what was about to be made is named by what to look for",
			ledger: []v1alpha1.ExternalResource{entry("trunk", "Trunk", "", "", func(e *v1alpha1.ExternalResource) { e.State = v1alpha1.StatePending })},
			want: `└─ twilio AC1 (TwilioAccount main)
   └─ Trunk   (perhaps)   Pending   about to be made, and may be there under the name cp-trunk
`,
		},
		"Failed": {
			reason: "an error is beside what it is about",
			ledger: []v1alpha1.ExternalResource{entry("trunk", "Trunk", "TK1", "", func(e *v1alpha1.ExternalResource) { e.State, e.ErrorClass = v1alpha1.StateDeleting, "ResourceInUse" })},
			want: `└─ twilio AC1 (TwilioAccount main)
   └─ Trunk   TK1   Deleting: ResourceInUse
`,
		},
		"Imported": {
			reason: "what stays as it is, is told from what is the number's own; what was taken goes back",
			wide:   true,
			ledger: []v1alpha1.ExternalResource{
				entry("trunk", "Trunk", "TK1", "", func(e *v1alpha1.ExternalResource) { e.Origin, e.Name = v1alpha1.OriginImported, "" }),
				entry("creds", "CredentialList", "CL1", "", func(e *v1alpha1.ExternalResource) { e.Origin = v1alpha1.OriginImported }),
				entry("attach", "TrunkPhoneNumber", "PN1", "TK1", func(e *v1alpha1.ExternalResource) { e.Origin, e.Previous = v1alpha1.OriginTakenOver, "TK9" }),
			},
			want: `└─ twilio AC1 (TwilioAccount main)
   ├─ Trunk                 TK1   Ready   -           imported, and left as it is
   │  └─ TrunkPhoneNumber   PN1   Ready   cp-attach   taken from TK9
   └─ CredentialList        CL1   Ready   cp-creds    imported
`,
		},
		"Itself": {
			reason: "an entry that would be in itself is shown all the same",
			ledger: []v1alpha1.ExternalResource{entry("trunk", "Trunk", "TK1", "TK1")},
			want: `└─ twilio AC1 (TwilioAccount main)
   └─ Trunk   TK1   Ready   in TK1
`,
		},
		"In a circle": {
			reason: "entries that are in each other are shown all the same",
			ledger: []v1alpha1.ExternalResource{entry("trunk", "Trunk", "TK1", "TK2"), entry("trunk2", "Trunk", "TK2", "TK1")},
			want: `└─ twilio AC1 (TwilioAccount main)
   └─ Trunk      TK1   Ready   in TK2
      └─ Trunk   TK2   Ready
`,
		},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, layout.Table(layout.Monochrome, Rows(tc.ledger, tc.wide))); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}
