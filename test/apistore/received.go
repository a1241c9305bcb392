package apistore

import (
	"reflect"
	"strings"
	"time"
	"unicode/utf8"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// received is an object as it arrives at the server: some of what Go can tell apart
// is the same in JSON, and times have whole seconds. Its kind follows from its type.
// Encoding and decoding it would give the same, and take ten times as long.
func received(object client.Object) client.Object {
	received := copyOf(object)
	received.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	simplify(reflect.ValueOf(received))
	return received
}

// simplify leaves of a value what JSON can tell.
func simplify(value reflect.Value) {
	switch value.Kind() {
	case reflect.Pointer:
		if !value.IsNil() {
			simplify(value.Elem())
		}
	case reflect.Slice:
		if value.Type().Elem().Kind() != reflect.Uint8 {
			for i := range value.Len() {
				simplify(value.Index(i))
			}
		}
	case reflect.String:
		if text := value.String(); !utf8.ValidString(text) {
			value.SetString(string([]rune(text)))
		}
	case reflect.Struct:
		simplifyFields(value)
	}
}

func simplifyFields(value reflect.Value) {
	if at, ok := reflect.TypeAssert[*metav1.Time](value.Addr()); ok {
		at.Time = inSeconds(at.Time)
		return
	}
	for i := range value.NumField() {
		field := value.Field(i)
		empty := (field.Kind() == reflect.Slice || field.Kind() == reflect.Map) && field.Len() == 0
		if empty && strings.Contains(value.Type().Field(i).Tag.Get("json"), ",omitempty") {
			field.SetZero()
		}
		simplify(field)
	}
}

// inSeconds is a time as metav1.Time reads it from JSON.
func inSeconds(at time.Time) time.Time {
	if at.IsZero() {
		return time.Time{}
	}
	return at.Truncate(time.Second).Local()
}
