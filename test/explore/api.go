package explore

import (
	"context"
	"fmt"
	"reflect"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/apistore"
)

var kinds = apistore.Callplane()

// An api is the API server as one visit meets it. Its reads are effects if they
// are live, and free if they are of a cache that need not catch up.
type api struct {
	client.Client

	visit *visit
	live  bool
}

func (a api) Get(ctx context.Context, key client.ObjectKey, object client.Object, options ...client.GetOption) error {
	read := func() error { return a.Client.Get(ctx, key, object, options...) }
	switch _, number := object.(*v1alpha1.PhoneNumber); {
	case !a.live && number && a.visit.fence != nil && a.visit.fence.GetName() == key.Name:
		// It waits until the cache shows what was written, and may do so in vain.
		return a.effect("WAIT", apiRead, object, key.Name, "", read)
	case !a.live:
		return read()
	}
	a.visit.reads(object)
	return a.effect("GET", apiRead, object, key.Name, "", read)
}

func (a api) List(ctx context.Context, all client.ObjectList, options ...client.ListOption) error {
	read := func() error { return a.Client.List(ctx, all, options...) }
	if !a.live {
		return read()
	}
	kind := strings.ToLower(strings.TrimSuffix(reflect.TypeOf(all).Elem().Name(), "List"))
	_, err := carry(a.visit.wire, "api LIST "+kind, apiRead, func() (error, bool) { return read(), false }, apiAnswer(schema.GroupResource{Resource: kind}, ""))
	return err
}

func (a api) Create(ctx context.Context, object client.Object, options ...client.CreateOption) error {
	return a.effect("POST", apiWrite, object, "", "", func() error { return a.Client.Create(ctx, object, options...) })
}

func (a api) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	return a.effect("PUT", apiWrite, object, object.GetName(), "", func() error { return a.Client.Update(ctx, object, options...) })
}

func (a api) Delete(ctx context.Context, object client.Object, options ...client.DeleteOption) error {
	a.visit.deletes(object)
	return a.effect("DELETE", apiWrite, object, object.GetName(), "", func() error { return a.Client.Delete(ctx, object, options...) })
}

func (a api) Status() client.SubResourceWriter { return statusAPI{api: a} }

type statusAPI struct {
	client.SubResourceWriter

	api api
}

func (s statusAPI) Update(ctx context.Context, object client.Object, options ...client.SubResourceUpdateOption) error {
	return s.api.effect("PUT", apiWrite, object, object.GetName(), "/status", func() error {
		err := s.api.Client.Status().Update(ctx, object, options...)
		s.api.visit.wrote(object, err)
		return err
	})
}

// effect carries one request about an object. An object is left as it is where
// the answer is lost; an answer replaces what is in it, and changes none of that.
func (a api) effect(verb string, of nature, object client.Object, name, subresource string, request func() error) error {
	resource := kinds[reflect.TypeOf(object)].Resource
	path := strings.TrimSuffix(resource.Resource+"/"+name, "/") + subresource
	if _, generated := object.(*v1alpha1.OrphanRecord); generated && name != "" {
		path = resource.Resource + "/{id}" + subresource
	}
	switch object.(type) {
	case *v1alpha1.SIPTrunk, *v1alpha1.VoiceAgent:
		path = resource.Resource + "/{name}" + subresource // all are alike
	}
	before := reflect.New(reflect.TypeOf(object).Elem()).Elem()
	before.Set(reflect.ValueOf(object).Elem())
	_, err := carry(a.visit.wire, fmt.Sprintf("api %s %s", verb, path), of, func() (error, bool) {
		err := request()
		return err, err == nil && of == apiWrite
	}, apiAnswer(resource, object.GetName()))
	if err != nil {
		reflect.ValueOf(object).Elem().Set(before)
	}
	return err
}

// apiAnswer is what the API server answers, or what seems to be its answer.
func apiAnswer(resource schema.GroupResource, name string) func(Fault, error) (error, error) {
	return func(fault Fault, err error) (error, error) {
		switch fault {
		case NotFound:
			return nil, apierrors.NewNotFound(resource, name)
		case Conflict:
			return nil, apierrors.NewConflict(resource, name, fmt.Errorf("somebody else wrote first"))
		case Unavailable:
			return nil, apierrors.NewServiceUnavailable("the API server is not available")
		case AppliedAndError:
			return nil, apierrors.NewInternalError(fmt.Errorf("the answer was lost"))
		}
		return nil, err
	}
}
