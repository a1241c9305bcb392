package sharedtrunk

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/internal/failpoint"
)

// errDied is what every effect answers once the process has died.
var errDied = errors.New("the process has died")

// A wire carries the effects of a manager: its calls to the providers and its writes to
// the API server. It can let the manager die at one of them.
type wire struct {
	effects []string
	// dieAt counts effects from 1; 0 lets the manager live. Applied says whether the
	// one that it dies at has happened.
	dieAt   int
	applied bool
	dead    bool
	// after is called after every effect.
	after func(effect string)
}

func (w *wire) take(effect string, happen func() error) error {
	if w.dead {
		return errDied
	}
	w.effects = append(w.effects, effect)
	w.dead = len(w.effects) == w.dieAt
	if w.dead && !w.applied {
		return errDied
	}
	err := happen()
	w.after(effect)
	if w.dead {
		return errDied
	}
	return err
}

// mutations are the calls that change something at a provider.
func (w *wire) mutations() []string {
	var all []string
	for _, effect := range w.effects {
		if !strings.HasPrefix(effect, "api ") && !strings.HasPrefix(effect, "twilio GET ") && !strings.HasPrefix(effect, "livekit List") {
			all = append(all, effect)
		}
	}
	return all
}

// A cloud is a provider on the wire.
type cloud struct {
	wire    *wire
	naming  failpoint.Naming
	handler http.Handler
}

func (c cloud) RoundTrip(request *http.Request) (*http.Response, error) {
	var response *http.Response
	err := c.wire.take(c.naming(request), func() error {
		if request.Body == nil {
			request.Body = http.NoBody
		}
		recorder := httptest.NewRecorder()
		c.handler.ServeHTTP(recorder, request)
		response = recorder.Result()
		response.Request = request
		return nil
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// An api is the API server with its writes on the wire.
type api struct {
	client.Client
	wire *wire
}

func (a api) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	return a.wire.take(effectOf("create", object, ""), func() error { return a.Client.Create(ctx, object, options...) })
}

func (a api) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	return a.wire.take(effectOf("update", object, ""), func() error { return a.Client.Update(ctx, object, options...) })
}

func (a api) Status() client.SubResourceWriter { return statusOf{a.Client.Status(), a.wire} }

type statusOf struct {
	client.SubResourceWriter
	wire *wire
}

func (s statusOf) Update(ctx context.Context, object client.Object, options ...client.SubResourceUpdateOption) error {
	return s.wire.take(effectOf("update", object, "/status"), func() error { return s.SubResourceWriter.Update(ctx, object, options...) })
}

func effectOf(verb string, object client.Object, part string) string {
	return "api " + verb + " " + reflect.TypeOf(object).Elem().Name() + " " + object.GetName() + part
}
