package apistore

import (
	"maps"
	"reflect"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/usage"
)

// Callplane lists the kinds that Callplane's reconcilers read or write, with the
// fields that its caches index and those that its CRDs let the server select by.
func Callplane() Kinds {
	return Kinds{
		reflect.TypeFor[*v1alpha1.PhoneNumber]():         {Resource: resource("phonenumbers"), Custom: true, Unseen: unseen, Fields: numberFields()},
		reflect.TypeFor[*v1alpha1.SIPTrunk]():            {Resource: resource("siptrunks"), Custom: true, Unseen: unseen, Fields: usage.TrunkIndexes},
		reflect.TypeFor[*v1alpha1.TwilioAccount]():       {Resource: resource("twilioaccounts"), Custom: true, Unseen: unseen},
		reflect.TypeFor[*v1alpha1.LiveKitProject]():      {Resource: resource("livekitprojects"), Custom: true, Unseen: unseen},
		reflect.TypeFor[*v1alpha1.VoiceAgent]():          {Resource: resource("voiceagents"), Custom: true, Unseen: unseen},
		reflect.TypeFor[*v1alpha1.PhoneNumberDeletion](): {Resource: resource("phonenumberdeletions"), Custom: true, Unseen: unseen},
		reflect.TypeFor[*v1alpha1.OrphanRecord]():        {Resource: resource("orphanrecords"), Custom: true, Fields: ownerFields},
		reflect.TypeFor[*corev1.Secret]():                {Resource: schema.GroupResource{Resource: "secrets"}},
		reflect.TypeFor[*corev1.Namespace]():             {Resource: schema.GroupResource{Resource: "namespaces"}},
	}
}

// numberFields are the indexes, and what the server selects by.
func numberFields() map[string]client.IndexerFunc {
	fields := maps.Clone(usage.Indexes)
	fields[usage.FieldNumber] = func(o client.Object) []string { return []string{o.(*v1alpha1.PhoneNumber).Spec.Number} }
	return fields
}

var ownerFields = map[string]client.IndexerFunc{
	"spec.owner.namespace": func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Namespace} },
	"spec.owner.name":      func(o client.Object) []string { return []string{o.(*v1alpha1.OrphanRecord).Spec.Owner.Name} },
}

// unseen is the default of a status in the CRDs.
func unseen(o client.Object) { statusOf(o).FieldByName("ObservedGeneration").SetInt(-1) }

func resource(name string) schema.GroupResource {
	return schema.GroupResource{Group: v1alpha1.GroupVersion.Group, Resource: name}
}
