package connection

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
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
