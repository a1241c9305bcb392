package apistore

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/randfill"
)

// TestReceived fills objects of every kind at random, and wants what a server reads
// that is sent their JSON.
func TestReceived(t *testing.T) {
	seed := rand.Int64()
	t.Logf("seed %d", seed)
	fill := randfill.NewWithSeed(seed).NilChance(0.2).NumElements(0, 3).Funcs(
		func(at *metav1.Time, c randfill.Continue) { at.Time = time.Unix(c.Int63n(1<<33), c.Int63n(1e9)) },
	)
	for of := range Callplane() {
		for range 200 {
			object := reflect.New(of.Elem()).Interface().(client.Object)
			fill.Fill(object)
			object.SetManagedFields(nil)
			object.SetGenerateName("no \xff\xfe text")
			if diff := cmp.Diff(throughJSON(t, object), received(object)); diff != "" {
				t.Fatalf("%s, -want +got:\n%s", of, diff)
			}
		}
	}
}

func throughJSON(t *testing.T, object client.Object) client.Object {
	t.Helper()
	text, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	read := reflect.New(reflect.TypeOf(object).Elem()).Interface().(client.Object)
	if err := json.Unmarshal(text, read); err != nil {
		t.Fatal(err)
	}
	read.GetObjectKind().SetGroupVersionKind(schema.GroupVersionKind{})
	return read
}
