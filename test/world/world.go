// Package world puts the real parts together for a test or a demonstration: a
// namespace on a real control plane, a real livekit-server behind a proxy, a
// simulated Twilio, and the built manager as a process of its own. It asserts
// nothing.
package world

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clientgoscheme "k8s.io/client-go/kubernetes/scheme"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/bed/kube"
	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/twiliosim"
)

// ManagerNamespace is where the manager's own objects are.
const ManagerNamespace = "callplane-system"

// A World is one of each. Worlds on one control plane must not overlap: their
// managers would work on each other's numbers.
type World struct {
	Plane     *kube.ControlPlane
	Client    client.Client
	Namespace string

	Twilio  *twiliosim.Simulator
	Account twiliosim.Account
	// Number is an E.164 that the account owns and that is free.
	Number string

	LiveKit *livekit.Server
	Proxy   *livekit.Proxy
	Oracle  *livekit.Oracle

	options  Options
	server   *twiliosim.Server
	managers []*Manager
	proxy    *kube.Proxy
}

// Options are what a world can be started with; all have defaults.
type Options struct {
	// Namespace is random when empty.
	Namespace string
	// ManagerLog gets what managers print, beside the log that they keep.
	ManagerLog io.Writer
	// Logf gets what must be printed to repeat a run, such as seeds.
	Logf func(string, ...any)
	// Between wraps the simulated Twilio, to see every request and answer.
	Between func(http.Handler) http.Handler
	// Failpoints is a folder that tells the manager where to die, which is then
	// the one that can; see package failpoint.
	Failpoints string
}

// New starts everything but the manager.
func New(ctx context.Context, plane *kube.ControlPlane, options Options) (*World, error) {
	w := &World{Plane: plane, Number: "+14155550100", options: options}
	w.Twilio = twiliosim.New(twiliosim.WithLogf(options.Logf))
	w.Account = w.Twilio.AddAccount(twiliosim.AccountOptions{})
	w.Twilio.AddNumber(w.Account.SID, w.Number, twiliosim.NumberOptions{})
	for _, start := range []func(context.Context) error{w.startTwilio, w.startLiveKit, w.startNamespace} {
		if err := start(ctx); err != nil {
			return nil, errors.Join(err, w.Close(ctx))
		}
	}
	return w, nil
}

func (w *World) startTwilio(context.Context) (err error) {
	handler := http.Handler(w.Twilio)
	if w.options.Between != nil {
		handler = w.options.Between(handler)
	}
	w.server, err = twiliosim.Serve("127.0.0.1:0", handler)
	return err
}

func (w *World) startLiveKit(ctx context.Context) (err error) {
	if w.LiveKit, err = livekit.Start(ctx, livekit.Options{}); err != nil {
		return err
	}
	if w.Proxy, err = w.LiveKit.Proxy(livekit.ProxyOptions{}); err != nil {
		return err
	}
	w.Oracle, err = w.LiveKit.Oracle(ctx)
	return err
}

func (w *World) startNamespace(ctx context.Context) (err error) {
	w.Namespace = cmp.Or(w.options.Namespace, "test-"+strings.ToLower(rand.Text()[:8]))
	if w.Client, err = client.New(w.Plane.Config(), client.Options{Scheme: Scheme()}); err != nil {
		return err
	}
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
	return w.Client.Create(ctx, namespace)
}

// Close ends everything. What is left in the namespace is let go of without
// cleanup: the providers that it is at end as well.
func (w *World) Close(ctx context.Context) error {
	var failures []error
	for _, manager := range w.managers {
		failures = append(failures, manager.Stop())
	}
	if w.Client != nil {
		failures = append(failures, w.abandon(ctx))
	}
	if w.Proxy != nil {
		failures = append(failures, w.Proxy.Close())
	}
	if w.LiveKit != nil {
		failures = append(failures, w.LiveKit.Stop())
	}
	if w.server != nil {
		w.server.Close()
	}
	return errors.Join(failures...)
}

// abandon deletes the namespace with all its objects, finalizers or not.
func (w *World) abandon(ctx context.Context) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.Namespace}}
	failures := []error{client.IgnoreNotFound(w.Client.Delete(ctx, namespace))}
	lists := []client.ObjectList{
		&v1alpha1.PhoneNumberList{}, &v1alpha1.SIPTrunkList{}, &v1alpha1.TwilioAccountList{}, &v1alpha1.LiveKitProjectList{},
		&v1alpha1.VoiceAgentList{}, &corev1.SecretList{},
	}
	for _, list := range lists {
		failures = append(failures, w.stripAll(ctx, list))
	}
	return errors.Join(failures...)
}

func (w *World) stripAll(ctx context.Context, list client.ObjectList) error {
	if err := w.Client.List(ctx, list, client.InNamespace(w.Namespace)); err != nil {
		return err
	}
	return eachItem(list, func(object client.Object) error {
		if err := client.IgnoreNotFound(w.Client.Delete(ctx, object)); err != nil {
			return err
		}
		patch := client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`))
		return client.IgnoreNotFound(w.Client.Patch(ctx, object, patch))
	})
}

// Scheme knows every kind that a test uses.
func Scheme() *runtime.Scheme {
	scheme := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{clientgoscheme.AddToScheme, v1alpha1.AddToScheme} {
		if err := add(scheme); err != nil {
			panic(fmt.Sprintf("two kinds of one name: %v", err))
		}
	}
	return scheme
}

// TwilioURL is where the simulated Twilio is.
func (w *World) TwilioURL() string { return w.server.URL }
