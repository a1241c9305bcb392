// Package slim keeps what the manager holds of each of thousands of numbers small: it
// decides what of an object a cache need not have, and how an object of which parts are
// missing is written without losing them. It does not know what is done with the objects.
package slim

import (
	"strings"
	"unique"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

// Number takes off a PhoneNumber what no reconciler reads: managed fields, owner
// references, labels, and the annotations of others, among them what kubectl applied last. Texts
// that thousands of numbers have in common are held once, those that are a number's own
// in one piece, and lists have no room left. It is a transform of a cache.
func Number(object any) (any, error) {
	number, ok := object.(*v1alpha1.PhoneNumber)
	if !ok {
		return object, nil // the last state of what a watch has missed
	}
	number.ManagedFields, number.OwnerReferences, number.Labels = nil, nil, nil
	for key := range number.Annotations {
		if !ours(key) {
			delete(number.Annotations, key)
		}
	}
	if len(number.Annotations) == 0 {
		number.Annotations = nil
	}
	shareMeta(&number.ObjectMeta)
	shareSpec(&number.Spec)
	shareStatus(&number.Status)
	fit(&number.Status.Conditions)
	fit(&number.Status.ExternalResources)
	pack(own(number)...)
	return number, nil
}

// fit gives a list no more room than it takes: a decoder doubles it as it grows.
func fit[T any](list *[]T) {
	if len(*list) < cap(*list) {
		*list = append(make([]T, 0, len(*list)), *list...)
	}
}

// pack holds several texts in one, and what is in one of them not again: each by itself
// takes more room than it is long. Who keeps one of them keeps all.
func pack(texts ...*string) {
	var all strings.Builder
	for _, text := range texts {
		if !strings.Contains(all.String(), *text) {
			all.WriteString(*text)
		}
	}
	whole := strings.Clone(all.String())
	for _, text := range texts {
		at := strings.Index(whole, *text)
		*text = whole[at : at+len(*text)]
	}
}

// own are the texts of a number that no other has, and that nobody keeps without it.
func own(number *v1alpha1.PhoneNumber) []*string {
	texts := []*string{&number.Spec.Number}
	for i := range number.Status.ExternalResources {
		entry := &number.Status.ExternalResources[i]
		texts = append(texts, &entry.ID, &entry.Name)
	}
	return texts
}

func ours(annotation string) bool {
	return strings.HasPrefix(annotation, v1alpha1.GroupVersion.Group+"/")
}

// share holds each of some texts once, for all who have it.
func share(texts ...*string) {
	for _, text := range texts {
		if *text != "" {
			*text = unique.Make(*text).Value()
		}
	}
}

func shareMeta(meta *metav1.ObjectMeta) {
	share(&meta.Namespace)
	for i := range meta.Finalizers {
		share(&meta.Finalizers[i])
	}
}

func shareSpec(spec *v1alpha1.PhoneNumberSpec) {
	share(&spec.CarrierRef.Kind, &spec.CarrierRef.Name, &spec.PlatformRef.Kind, &spec.PlatformRef.Name,
		(*string)(&spec.Acquisition), (*string)(&spec.DeletionPolicy))
	if spec.AgentRef != nil {
		share(&spec.AgentRef.Name)
	}
}

func shareStatus(status *v1alpha1.PhoneNumberStatus) {
	share(&status.LinkedAgent)
	for i := range status.Conditions {
		condition := &status.Conditions[i]
		share(&condition.Type, (*string)(&condition.Status), &condition.Reason, &condition.Message)
	}
	for i := range status.ExternalResources {
		entry := &status.ExternalResources[i]
		share(&entry.Slot, &entry.Provider, &entry.Kind, &entry.Account, &entry.Connection.Kind, &entry.Connection.Name,
			(*string)(&entry.Origin), (*string)(&entry.State), &entry.ErrorClass)
		// Of a number on a shared trunk it is the trunk's.
		share(&entry.ParentID)
	}
}
