package apistore_test

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

var someTime = metav1.NewTime(time.Unix(1_800_000_000, 0))

// A kind is how objects of one kind are made and changed so that no schema
// refuses them. What cannot be changed follows from the name.
type kind struct {
	name string
	list func() client.ObjectList
	make func(metav1.ObjectMeta) client.Object
	// spec and status write one of several values; nil where nobody does.
	spec, status func(o client.Object, value int)
	// selector finds the objects of a name; nil where none does.
	selector func(name string) fields.Set
}

// values is how many values spec and status have.
const values = 3

var kinds = []kind{phoneNumbers, sipTrunks, twilioAccounts, liveKitProjects, voiceAgents, phoneNumberDeletions, orphanRecords, secrets, namespaces}

var phoneNumbers = kind{
	name: "PhoneNumber",
	list: func() client.ObjectList { return &v1alpha1.PhoneNumberList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.PhoneNumber{ObjectMeta: m, Spec: v1alpha1.PhoneNumberSpec{
			Number:      numberOf(m.Name),
			CarrierRef:  v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
			PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
			Inbound: &v1alpha1.Inbound{
				Transport: v1alpha1.TransportTCP,
				Media:     v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionDisable},
				Headers:   v1alpha1.Headers{IncludeHeaders: v1alpha1.IncludeHeadersNone},
			},
			Acquisition: v1alpha1.AcquisitionExisting, DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
		}}
	},
	spec: func(o client.Object, value int) {
		spec := &o.(*v1alpha1.PhoneNumber).Spec
		spec.DisplayName = []string{"", "Support", "Sales"}[value]
		spec.Inbound.AllowedNumbers = [][]string{nil, {"+15550199"}, {}}[value]
	},
	status:   lifecycle,
	selector: func(name string) fields.Set { return fields.Set{"spec.number": numberOf(name)} },
}

func lifecycle(o client.Object, value int) {
	*o.(v1alpha1.Owner).Lifecycle() = []v1alpha1.LifecycleStatus{
		{},
		{ObservedGeneration: 1, Conditions: ready, ExternalResources: ledger},
		{ObservedGeneration: 2, Teardown: &v1alpha1.TeardownStatus{StartedAt: &someTime}, Problem: "Broken"},
	}[value]
}

func numberOf(name string) string { return "+1555010" + name[len(name)-1:] }

var ready = []metav1.Condition{{
	Type: "Ready", Status: metav1.ConditionTrue, Reason: "Active", Message: "all is well", LastTransitionTime: metav1.NewTime(someTime.Add(time.Second / 2)),
}}

var ledger = []v1alpha1.ExternalResource{{
	Slot: "trunk", Provider: "twilio", Kind: "Trunk", Account: "AC", Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"},
	Origin: "Created", State: "Pending", Since: &someTime,
}}

var sipTrunks = kind{
	name: "SIPTrunk",
	list: func() client.ObjectList { return &v1alpha1.SIPTrunkList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.SIPTrunk{ObjectMeta: m, Spec: v1alpha1.SIPTrunkSpec{
			PlatformRef:    v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"},
			Twilio:         &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: "twilio"}},
			Inbound:        &v1alpha1.TrunkInbound{Transport: v1alpha1.TransportTCP, Media: v1alpha1.Media{MediaEncryption: v1alpha1.MediaEncryptionDisable}},
			DeletionPolicy: v1alpha1.DeletionPolicyTeardown,
		}}
	},
	spec: func(o client.Object, value int) {
		o.(*v1alpha1.SIPTrunk).Spec.DisplayName = []string{"", "Shared", "Fleet"}[value]
	},
	status: func(o client.Object, value int) {
		lifecycle(o, value)
		o.(*v1alpha1.SIPTrunk).Status.Numbers = []*v1alpha1.Users{nil, {Count: ptr.To[int32](1), Names: []string{"line"}}, {Count: ptr.To[int32](0)}}[value]
	},
}

var twilioAccounts = kind{
	name: "TwilioAccount",
	list: func() client.ObjectList { return &v1alpha1.TwilioAccountList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.TwilioAccount{ObjectMeta: m, Spec: v1alpha1.TwilioAccountSpec{
			AccountSID: "AC0123456789abcdef0123456789abcdef", CredentialsSecretRef: v1alpha1.SecretReference{Name: "twilio"},
			MaxConcurrentRequests: ptr.To[int32](8),
		}}
	},
	spec: func(o client.Object, value int) {
		o.(*v1alpha1.TwilioAccount).Spec.MaxConcurrentRequests = new([]int32{8, 1, 2}[value])
	},
	status: func(o client.Object, value int) { o.(*v1alpha1.TwilioAccount).Status = connectionStatus(value) },
}

func connectionStatus(value int) v1alpha1.ConnectionStatus {
	return []v1alpha1.ConnectionStatus{
		{},
		{ObservedGeneration: 1, Conditions: ready, SecretName: "twilio"},
		{ObservedGeneration: 2, PhoneNumbers: &v1alpha1.Users{Count: ptr.To[int32](0), Names: []string{}}},
	}[value]
}

var liveKitProjects = kind{
	name: "LiveKitProject",
	list: func() client.ObjectList { return &v1alpha1.LiveKitProjectList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.LiveKitProject{ObjectMeta: m, Spec: v1alpha1.LiveKitProjectSpec{
			URL: "https://my-project.livekit.cloud", SIPHost: "my-project.sip.livekit.cloud",
			CredentialsSecretRef: v1alpha1.SecretReference{Name: "livekit"}, MaxRequestsPerMinute: ptr.To[int32](1000),
		}}
	},
	spec: func(o client.Object, value int) {
		o.(*v1alpha1.LiveKitProject).Spec.CredentialsSecretRef.Name = []string{"livekit", "other", "third"}[value]
	},
	status: func(o client.Object, value int) { o.(*v1alpha1.LiveKitProject).Status = connectionStatus(value) },
}

var voiceAgents = kind{
	name: "VoiceAgent",
	list: func() client.ObjectList { return &v1alpha1.VoiceAgentList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.VoiceAgent{ObjectMeta: m, Spec: v1alpha1.VoiceAgentSpec{AgentName: "support", RoomPrefix: "call"}}
	},
	spec: func(o client.Object, value int) {
		o.(*v1alpha1.VoiceAgent).Spec.Metadata = []string{"", "one", "two"}[value]
	},
	status: func(o client.Object, value int) {
		o.(*v1alpha1.VoiceAgent).Status = []v1alpha1.VoiceAgentStatus{{}, {ObservedGeneration: 1, Conditions: ready}, {ObservedGeneration: 2}}[value]
	},
}

var phoneNumberDeletions = kind{
	name: "PhoneNumberDeletion",
	list: func() client.ObjectList { return &v1alpha1.PhoneNumberDeletionList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.PhoneNumberDeletion{ObjectMeta: m, Spec: v1alpha1.PhoneNumberDeletionSpec{
			PhoneNumbers: []string{numberOf(m.Name)}, Concurrency: ptr.To[int32](10),
		}}
	},
	status: func(o client.Object, value int) {
		o.(*v1alpha1.PhoneNumberDeletion).Status = []v1alpha1.PhoneNumberDeletionStatus{
			{},
			{ObservedGeneration: 1, Conditions: ready, StartedAt: &someTime, Deleted: []string{"+15550100"}},
			{ObservedGeneration: 1, Remaining: []v1alpha1.RemainingNumber{{PhoneNumber: "+15550100", Name: "line", UID: "a uid", State: v1alpha1.DeletionPending}}},
		}[value]
	},
}

var orphanRecords = kind{
	name: "OrphanRecord",
	list: func() client.ObjectList { return &v1alpha1.OrphanRecordList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &v1alpha1.OrphanRecord{ObjectMeta: m, Spec: v1alpha1.OrphanRecordSpec{
			Owner:  v1alpha1.OrphanOwner{Kind: v1alpha1.KindPhoneNumber, Namespace: "support", Name: m.Name, UID: "a uid"},
			Reason: "Retained", Since: someTime,
		}}
	},
	status: func(o client.Object, value int) {
		o.(*v1alpha1.OrphanRecord).Status = []v1alpha1.OrphanRecordStatus{{}, {State: v1alpha1.OrphanOpen, Resources: ledger}, {State: v1alpha1.OrphanClosed}}[value]
	},
	selector: func(name string) fields.Set {
		return fields.Set{"spec.owner.namespace": "support", "spec.owner.name": name}
	},
}

var secrets = kind{
	name: "Secret",
	list: func() client.ObjectList { return &corev1.SecretList{} },
	make: func(m metav1.ObjectMeta) client.Object {
		return &corev1.Secret{ObjectMeta: m, Type: corev1.SecretTypeOpaque}
	},
	spec: func(o client.Object, value int) {
		secret := o.(*corev1.Secret)
		switch value {
		case 0:
			secret.Data = map[string][]byte{"authToken": []byte("a token")}
		case 1:
			secret.Data = nil
		case 2:
			secret.StringData = map[string]string{"authToken": "another token", "more": ""}
		}
	},
}

var namespaces = kind{
	name: "Namespace",
	list: func() client.ObjectList { return &corev1.NamespaceList{} },
	make: func(m metav1.ObjectMeta) client.Object { return &corev1.Namespace{ObjectMeta: m} },
}
