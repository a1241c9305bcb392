package connection

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/event"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestHoldersOf(t *testing.T) {
	moved := twilioAccount()
	moved.Name, moved.Spec.CredentialsSecretRef.Name, moved.Status.SecretName = "moved", "new", "twilio-key"
	shared := liveKitProject()
	shared.Name, shared.Spec.CredentialsSecretRef.Name = "shared", "twilio-key"
	elsewhere := twilioAccount()
	elsewhere.Namespace = "sales"
	w := newWorld(t, interceptor.Funcs{}, twilioAccount(), liveKitProject(), moved, shared, elsewhere)
	for secret, want := range map[string][]v1alpha1.Connection{
		"twilio-key":  {twilio, {Kind: "TwilioAccount", Name: "moved"}, {Kind: "LiveKitProject", Name: "shared"}},
		"livekit-key": {livekit},
		"new":         {{Kind: "TwilioAccount", Name: "moved"}},
		"other":       nil,
	} {
		var got []v1alpha1.Connection
		holders, err := w.HoldersOf(t.Context(), namespace, secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, holder := range holders {
			got = append(got, holder.Connection())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s is held by those that name it, and by those that did, -want +got:\n%s", secret, diff)
		}
	}
}

func TestHoldersOfWithoutACache(t *testing.T) {
	w := newWorld(t, interceptor.Funcs{List: func(context.Context, client.WithWatch, client.ObjectList, ...client.ListOption) error {
		return errors.New("the cache is not there yet")
	}}, twilioAccount())
	if got, err := w.HoldersOf(t.Context(), namespace, "twilio-key"); err == nil {
		t.Errorf("got %v, want an error: whoever lets go of a Secret must not take this for nobody", got)
	}
}

func TestSecretChanged(t *testing.T) {
	held := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Finalizers: []string{"another", v1alpha1.FinalizerInUse}}}
	free := &metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{Finalizers: []string{"another"}}}
	cases := map[string]struct {
		old, new client.Object
		want     bool
	}{
		"held now":        {old: free, new: held},
		"stripped":        {old: held, new: free, want: true},
		"changed, held":   {old: held, new: held, want: true},
		"changed, unheld": {old: free, new: free, want: true},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := SecretChanged.Update(event.UpdateEvent{ObjectOld: c.old, ObjectNew: c.new}); got != c.want {
				t.Errorf("an update counts as a change: %v, want %v", got, c.want)
			}
		})
	}
	if !SecretChanged.Create(event.CreateEvent{Object: free}) || !SecretChanged.Delete(event.DeleteEvent{Object: held}) {
		t.Error("that a Secret comes or goes is news")
	}
}

func TestDescribe(t *testing.T) {
	if got, want := Describe(twilio), `the TwilioAccount "main"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestStanding picks one verified object of those that stand for an account.
func TestStanding(t *testing.T) {
	object := func(namespace, name, account string, ready metav1.ConditionStatus) *v1alpha1.TwilioAccount {
		object := twilioAccount()
		object.Namespace, object.Name, object.Spec.AccountSID = namespace, name, account
		object.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready}}
		return object
	}
	w := newWorld(t, interceptor.Funcs{}, liveKitProject(), twilioAccount(),
		object("b", "one", accountSID, metav1.ConditionTrue), object("b", "two", accountSID, metav1.ConditionTrue),
		object("a", "broken", accountSID, metav1.ConditionFalse), object("a", "other", "AC9", metav1.ConditionTrue))
	cases := map[string]struct {
		reason, account, want string
		preferred             types.NamespacedName
	}{
		"the first":      {reason: "whoever asks gets the same one", account: accountSID, want: "b/one"},
		"preferred":      {reason: "it made what is to be deleted", account: accountSID, preferred: types.NamespacedName{Namespace: "b", Name: "two"}, want: "b/two"},
		"broken":         {reason: "its credentials are not accepted", account: accountSID, preferred: types.NamespacedName{Namespace: "a", Name: "broken"}, want: "b/one"},
		"of another one": {reason: "it stands for another account by now", account: "AC9", preferred: types.NamespacedName{Namespace: "b", Name: "one"}, want: "a/other"},
		"none":           {reason: "nobody has its credentials", account: "AC7"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			standing, err := w.Standing(t.Context(), v1alpha1.KindTwilioAccount, c.account, c.preferred)
			got := ""
			if standing != nil {
				got = standing.GetNamespace() + "/" + standing.GetName()
			}
			if err != nil || got != c.want {
				t.Errorf("got %q and %v, want %q: %s", got, err, c.want, c.reason)
			}
		})
	}
}
