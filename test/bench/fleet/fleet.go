// Package fleet makes many numbers: as objects that the manager is to set up, or
// seeded, which means copied from one that the manager has set up, with what the
// providers hold for it. It knows how they are made, and not what is measured on them.
package fleet

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bench/rig"
	"github.com/callplane/callplane/test/bench/standin"
	"github.com/callplane/callplane/test/twiliosim"
)

// workers is how many requests a fleet makes at once.
const workers = 16

// Names of the objects that all numbers refer to.
const (
	accountName = "twilio"
	projectName = "livekit"
	agentName   = "support"
)

// ModelName is the name of the number from which others are copied. It stays.
const ModelName = "model-number"

// Options of a fleet.
type Options struct {
	// Namespace has all objects of the fleet.
	Namespace string
	// Area is 0 to 699, and tells the numbers of one fleet from those of another.
	Area int
	// Trunks are shared by the numbers; without any, each number has one of its own.
	Trunks int
	// Concurrent and PerMinute are what account and project say of their limits.
	Concurrent, PerMinute int
}

// A Fleet is a namespace with an account, a project, an agent, trunks and numbers.
type Fleet struct {
	Rig     *rig.Rig
	Account twiliosim.Account
	Options

	trunkSIDs []string
	model     model
}

// New makes all but trunks and numbers. A manager need not run.
func New(ctx context.Context, r *rig.Rig, options Options) (*Fleet, error) {
	f := &Fleet{Rig: r, Options: options}
	var err error
	if f.Account, err = r.Twilio.AddAccount(); err != nil {
		return nil, err
	}
	for _, object := range f.references() {
		if err := r.Client.Create(ctx, object); err != nil {
			return nil, fmt.Errorf("creating what numbers refer to: %w", err)
		}
	}
	return f, nil
}

func (f *Fleet) references() []client.Object {
	return []client.Object{
		&corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: f.Namespace}},
		f.secret(accountName, map[string]string{"authToken": f.Account.AuthToken}),
		f.secret(projectName, map[string]string{"apiKey": standin.APIKey, "apiSecret": standin.APISecret}),
		&v1alpha1.TwilioAccount{ObjectMeta: f.meta(accountName), Spec: v1alpha1.TwilioAccountSpec{
			AccountSID: f.Account.SID, CredentialsSecretRef: v1alpha1.SecretReference{Name: accountName},
			MaxConcurrentRequests: new(int32(f.Concurrent)),
		}},
		&v1alpha1.LiveKitProject{ObjectMeta: f.meta(projectName), Spec: v1alpha1.LiveKitProjectSpec{
			URL: f.Rig.LiveKit.URL, SIPHost: "example.sip.livekit.cloud",
			CredentialsSecretRef: v1alpha1.SecretReference{Name: projectName}, MaxRequestsPerMinute: new(int32(f.PerMinute)),
		}},
		&v1alpha1.VoiceAgent{ObjectMeta: f.meta(agentName), Spec: v1alpha1.VoiceAgentSpec{AgentName: "support-agent"}},
	}
}

func (f *Fleet) secret(name string, data map[string]string) *corev1.Secret {
	return &corev1.Secret{ObjectMeta: f.meta(name), StringData: data}
}

func (f *Fleet) meta(name string) metav1.ObjectMeta {
	return metav1.ObjectMeta{Namespace: f.Namespace, Name: name}
}

// Name of the number i.
func Name(i int) string { return fmt.Sprintf("number-%05d", i) }

// e164 of the number i; the model has one of its own.
func (f *Fleet) e164(i int) string { return fmt.Sprintf("+1%03d%07d", 200+f.Area, i) }

const modelNumber = 9_999_999

// number is an object on one of the trunks, which take turns.
func (f *Fleet) number(name string, i int) *v1alpha1.PhoneNumber {
	carrier := v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: accountName}
	if f.Trunks > 0 {
		carrier = v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: trunkName(i % f.Trunks)}
	}
	return &v1alpha1.PhoneNumber{ObjectMeta: f.meta(name), Spec: v1alpha1.PhoneNumberSpec{
		Number: f.e164(i), CarrierRef: carrier,
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: projectName},
		AgentRef:    &v1alpha1.AgentReference{Name: agentName},
		Inbound:     &v1alpha1.Inbound{},
	}}
}

func trunkName(i int) string { return fmt.Sprintf("trunk-%03d", i) }

func (f *Fleet) trunk(i int) *v1alpha1.SIPTrunk {
	return &v1alpha1.SIPTrunk{ObjectMeta: f.meta(trunkName(i)), Spec: v1alpha1.SIPTrunkSpec{
		PlatformRef: v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: projectName},
		Twilio:      &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: accountName}},
		Inbound:     &v1alpha1.TrunkInbound{},
	}}
}

// RaiseTrunks makes the shared trunks. A manager must run.
func (f *Fleet) RaiseTrunks(ctx context.Context) error {
	for i := range f.Trunks {
		if err := f.Rig.Client.Create(ctx, f.trunk(i)); err != nil {
			return err
		}
	}
	for i := range f.Trunks {
		trunk := f.trunk(i)
		if err := f.awaitReady(ctx, trunk, &trunk.Status.Conditions); err != nil {
			return err
		}
		for _, entry := range trunk.Status.ExternalResources {
			if entry.Slot == "trunk" {
				f.trunkSIDs = append(f.trunkSIDs, entry.ID)
			}
		}
	}
	return nil
}

func (f *Fleet) awaitReady(ctx context.Context, object client.Object, conditions *[]metav1.Condition) error {
	for {
		if err := f.Rig.Client.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
			return err
		}
		if meta.IsStatusConditionTrue(*conditions, v1alpha1.ConditionReady) {
			return nil
		}
		if err := rig.Pause(ctx, 100*time.Millisecond); err != nil {
			return fmt.Errorf("%s did not become ready: %v: %w", object.GetName(), *conditions, err)
		}
	}
}
