package argocdlua

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/yaml"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestHealth(t *testing.T) {
	for _, kind := range kinds(t) {
		script := script(t, kind, "health.lua")
		for _, tc := range kind.Health {
			t.Run(name(kind, tc.Input), func(t *testing.T) {
				var got Health
				run(t, script, tc.Input, &got)
				if diff := cmp.Diff(tc.Want, got); diff != "" {
					t.Errorf("health, -want +got:\n%s", diff)
				}
			})
		}
	}
}

// TestDeletionCounts wants of every kind that can hang in its deletion that Argo CD from
// 3.6 on shows what the script says, and nothing of it for what is not being deleted.
func TestDeletionCounts(t *testing.T) {
	without := []string{v1alpha1.KindOrphanRecord, "PhoneNumberDeletion"} // have no finalizer
	for _, kind := range kinds(t) {
		deletions := 0
		for _, tc := range kind.Health {
			deleting := strings.Contains(read(t, tc.Input), "deletionTimestamp:")
			if deleting {
				deletions++
			}
			if said := tc.Want.DeletionMessage != ""; said != deleting {
				t.Errorf("%s: being deleted is %t, and that there is a deletionMessage %t", tc.Input, deleting, said)
			}
		}
		if wanted := !slices.Contains(without, kind.Name); wanted != (deletions > 0) {
			t.Errorf("%s has %d cases of a deletion, want some: %t", kind.Name, deletions, wanted)
		}
	}
}

func TestDiscovery(t *testing.T) {
	for _, kind := range kinds(t) {
		for _, tc := range kind.Discovery {
			t.Run(name(kind, tc.Input), func(t *testing.T) {
				var found map[string]Action
				run(t, script(t, kind, "actions/discovery.lua"), tc.Input, &found)
				var got []Action
				for name, action := range found {
					action.Name = name
					got = append(got, action)
				}
				byName := cmpopts.SortSlices(func(a, b Action) bool { return a.Name < b.Name })
				if diff := cmp.Diff(tc.Want, got, byName); diff != "" {
					t.Errorf("actions, -want +got:\n%s", diff)
				}
			})
		}
	}
}

func TestActions(t *testing.T) {
	for _, kind := range kinds(t) {
		for _, tc := range kind.Actions {
			t.Run(tc.Action+"/"+name(kind, tc.Input), func(t *testing.T) {
				got, err := Run(script(t, kind, "actions/"+tc.Action+"/action.lua"), object(t, tc.Input))
				if tc.Refusal != "" {
					if err == nil || err.Error() != tc.Refusal {
						t.Errorf("error %v, want %s", err, tc.Refusal)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				// Argo CD makes an empty table again what it was.
				ignore := cmp.Options{cmpopts.EquateEmpty(), cmp.FilterPath(isRetryTime, cmp.Ignore())}
				if diff := cmp.Diff(any(object(t, tc.Output)), got, ignore); diff != "" {
					t.Errorf("object, -want +got:\n%s", diff)
				}
			})
		}
	}
}

func isRetryTime(path cmp.Path) bool {
	key, ok := path.Last().(cmp.MapIndex)
	return ok && key.Key().String() == v1alpha1.AnnotationRetryRequestedAt
}

// TestRetryTime wants what docs/cleanup.md tells people to write.
func TestRetryTime(t *testing.T) {
	const layout = "2006-01-02T15:04:05Z"
	for _, kind := range kinds(t) {
		if len(kind.Actions) == 0 {
			continue
		}
		var got struct {
			Metadata struct {
				Annotations map[string]string `json:"annotations"`
			} `json:"metadata"`
		}
		run(t, script(t, kind, "actions/retry/action.lua"), kind.Actions[0].Input, &got)
		if value := got.Metadata.Annotations[v1alpha1.AnnotationRetryRequestedAt]; len(value) != len(layout) || !strings.HasSuffix(value, "Z") {
			t.Errorf("%s: retry requested at %q, want it like %s", kind.Name, value, layout)
		}
	}
}

// TestEveryKind wants a script for each kind of the API, and a case for each action.
func TestEveryKind(t *testing.T) {
	var have, offered, tried []string
	for _, kind := range kinds(t) {
		have = append(have, kind.Name)
		paths, err := filepath.Glob(filepath.Join(kind.Folder, "actions", "*", "action.lua"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			offered = append(offered, kind.Name+"/"+filepath.Base(filepath.Dir(path)))
		}
		for _, tc := range kind.Actions {
			tried = append(tried, kind.Name+"/"+tc.Action)
		}
	}
	if diff := cmp.Diff(kindsOfAPI(t), have); diff != "" {
		t.Errorf("kinds with a script, -want +got:\n%s", diff)
	}
	slices.Sort(tried)
	if diff := cmp.Diff(offered, slices.Compact(tried)); diff != "" {
		t.Errorf("actions with a case, -there are +tried:\n%s", diff)
	}
}

// TestSameScripts holds the kinds together that have the same conditions: Argo CD's
// layout has no place for what kinds share.
func TestSameScripts(t *testing.T) {
	for kind, like := range map[string]string{v1alpha1.KindSIPTrunk: v1alpha1.KindPhoneNumber, v1alpha1.KindLiveKitProject: v1alpha1.KindTwilioAccount} {
		if diff := cmp.Diff(scripts(t, like), scripts(t, kind)); diff != "" {
			t.Errorf("scripts, -%s +%s:\n%s", like, kind, diff)
		}
	}
}

// TestObjects wants the test data to be objects that the API knows, field by field.
func TestObjects(t *testing.T) {
	scheme := scheme(t)
	for _, kind := range kinds(t) {
		into, err := scheme.New(v1alpha1.GroupVersion.WithKind(kind.Name))
		if err != nil {
			t.Fatal(err)
		}
		paths, err := filepath.Glob(filepath.Join(kind.Folder, "testdata", "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		more, err := filepath.Glob(filepath.Join(kind.Folder, "actions", "testdata", "*.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range append(paths, more...) {
			fresh := reflect.New(reflect.TypeOf(into).Elem()).Interface()
			if err := yaml.UnmarshalStrict([]byte(read(t, path)), fresh); err != nil {
				t.Errorf("%s: %v", path, err)
			}
		}
	}
}

// TestLibraries shows that a script has no more here than in Argo CD.
func TestLibraries(t *testing.T) {
	got, err := Run(`return { string = string == nil, io = io == nil, os = os == nil, exit = require("os").exit == nil, table = table ~= nil }`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"string": true, "io": true, "os": true, "exit": true, "table": true}
	if diff := cmp.Diff(any(want), got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func kinds(t *testing.T) []Kind {
	t.Helper()
	kinds, err := Kinds(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	return kinds
}

func scheme(t *testing.T) *runtime.Scheme {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	return scheme
}

func kindsOfAPI(t *testing.T) []string {
	t.Helper()
	var kinds []string
	for name, goType := range scheme(t).KnownTypes(v1alpha1.GroupVersion) {
		if _, object := goType.FieldByName("ObjectMeta"); object {
			kinds = append(kinds, name)
		}
	}
	slices.Sort(kinds)
	return kinds
}

func scripts(t *testing.T, kind string) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, k := range kinds(t) {
		if k.Name != kind {
			continue
		}
		for _, pattern := range []string{"*.lua", "actions/*.lua", "actions/*/*.lua"} {
			paths, err := filepath.Glob(filepath.Join(k.Folder, pattern))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range paths {
				within, err := filepath.Rel(k.Folder, path)
				if err != nil {
					t.Fatal(err)
				}
				all[within] = read(t, path)
			}
		}
	}
	return all
}

func script(t *testing.T, kind Kind, path string) string {
	t.Helper()
	return read(t, filepath.Join(kind.Folder, path))
}

func run(t *testing.T, script, input string, into any) {
	t.Helper()
	got, err := Run(script, object(t, input))
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(got)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		t.Fatal(err)
	}
}

func object(t *testing.T, path string) map[string]any {
	t.Helper()
	object, err := ReadObject(path)
	if err != nil {
		t.Fatal(err)
	}
	return object
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func name(kind Kind, path string) string {
	return kind.Name + "/" + strings.TrimSuffix(filepath.Base(path), ".yaml")
}
