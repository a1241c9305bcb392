package e2e

import (
	"context"
	"fmt"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

type fields = map[string]any

// TestBatchInput shows what the API server says to a batch that cannot be meant.
func TestBatchInput(t *testing.T) {
	namespace := namespaceFor(t)
	numbers := func(count int) []any {
		all := make([]any, count)
		for i := range all {
			all[i] = fmt.Sprintf("+1415556%04d", i)
		}
		return all
	}
	picked := fields{"matchLabels": fields{"team": "support"}}
	cases := map[string]struct {
		reason string
		spec   fields
		want   string
	}{
		"Neither":       {"It does not say which.", fields{}, "set exactly one of phoneNumbers and selector"},
		"Both":          {"It says too much.", fields{"phoneNumbers": numbers(1), "selector": picked}, "set exactly one of phoneNumbers and selector"},
		"EmptyList":     {"It names none.", fields{"phoneNumbers": numbers(0)}, "phoneNumbers must have at least one number"},
		"TooMany":       {"A status has an end.", fields{"phoneNumbers": numbers(1001)}, "spec.phoneNumbers: Too many: 1001: must have at most 1000 items"},
		"Twice":         {"Each number has one result.", fields{"phoneNumbers": append(numbers(2), "+14155560001")}, `spec.phoneNumbers[2]: Duplicate value: "+14155560001"`},
		"Malformed":     {"It says which one.", fields{"phoneNumbers": append(numbers(2), "0415 555 0100")}, "spec.phoneNumbers[2]: Invalid value: \"0415 555 0100\": phoneNumbers must each be in E.164"},
		"EmptySelector": {"Everything is hardly meant.", fields{"selector": fields{}}, "an empty one would delete every number of the namespace"},
		"LargeSelector": {"A spec has an end, too.", fields{"selector": fields{"matchExpressions": []any{fields{"key": "team", "operator": "In", "values": numbers(101)}}}}, "at most 16 matchLabels, and 16 matchExpressions with 100 values each"},
		"NoneAtOnce":    {"It would never end.", fields{"phoneNumbers": numbers(1), "concurrency": int64(0)}, "spec.concurrency in body should be greater than or equal to 1"},
		"AllAtOnce":     {"The API server has other work, too.", fields{"phoneNumbers": numbers(1), "concurrency": int64(101)}, "spec.concurrency in body should be less than or equal to 100"},
		"BeforeItsEnd":  {"There is no such time.", fields{"phoneNumbers": numbers(1), "ttlSecondsAfterFinished": int64(-1)}, "spec.ttlSecondsAfterFinished in body should be greater than or equal to 0"},
		"OtherPolicy":   {"There is none of this name.", fields{"phoneNumbers": numbers(1), "deletionPolicy": "Forget"}, `Unsupported value: "Forget"`},
	}
	admin := asAdmin(t)
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			wantRefused(t, admin.Create(t.Context(), rawBatch(namespace, tc.spec), client.DryRunAll), tc.want)
			if t.Failed() {
				t.Log(tc.reason)
			}
		})
	}
	t.Run("Largest", func(t *testing.T) {
		batch := rawBatch(namespace, fields{"phoneNumbers": numbers(1000), "dryRun": true})
		createWith(t, admin, batch)
		t.Cleanup(func() { release(t, namespace) })
		err := admin.Patch(t.Context(), batch, merge(`{"spec":{"dryRun":false}}`))
		wantRefused(t, err, "the spec of a PhoneNumberDeletion cannot be changed; delete it, which leaves alone what was not begun, and create another")
		largest(t, admin, namespace)
	})
}

// largest writes the largest status that there can be: texts that take two bytes for
// each of theirs.
func largest(t *testing.T, admin person, namespace string) {
	t.Helper()
	batch := &v1alpha1.PhoneNumberDeletion{}
	if err := admin.Get(t.Context(), client.ObjectKey{Namespace: namespace, Name: "batch"}, batch); err != nil {
		t.Fatal(err)
	}
	for _, number := range batch.Spec.PhoneNumbers {
		batch.Status.Errors = append(batch.Status.Errors, v1alpha1.DeletionError{PhoneNumber: number, Error: strings.Repeat(`"`, 400)})
	}
	if err := admin.Status().Update(t.Context(), batch); err != nil {
		t.Errorf("1,000 errors are too many for the API server: %v", err)
	}
}

func rawBatch(namespace string, spec fields) *unstructured.Unstructured {
	batch := &unstructured.Unstructured{Object: fields{"spec": spec}}
	batch.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("PhoneNumberDeletion"))
	batch.SetNamespace(namespace)
	batch.SetName("batch")
	return batch
}

// TestBatchPermission shows that whoever has numbers deleted by a batch needs what
// it takes to delete them.
func TestBatchPermission(t *testing.T) {
	namespace := namespaceFor(t)
	clusterRole(t, "batch-only", "phonenumberdeletions", "create")
	clusterRole(t, "number-delete", "phonenumbers", "delete")
	clusterRole(t, "number-update", "phonenumbers", "update")
	plain, overriding := fields{"phoneNumbers": []any{"+14155550100"}}, fields{"phoneNumbers": []any{"+14155550100"}, "deletionPolicy": "Release"}
	rehearsed := fields{"phoneNumbers": []any{"+14155550100"}, "dryRun": true}
	neither := user(t, namespace, "batch-neither", "batch-only", "number-update")
	deleter := user(t, namespace, "batch-deleter", "batch-only", "number-delete")
	both := user(t, namespace, "batch-both", "batch-only", "number-delete", "number-update")
	const mayNot = "so creating it needs the permission to: delete on phonenumbers in the namespace "
	cases := map[string]struct {
		who  person
		spec fields
		want string
	}{
		"NoDelete":          {neither, plain, mayNot + namespace},
		"NoDeleteRehearsal": {neither, rehearsed, mayNot + namespace},
		"NoUpdate":          {deleter, overriding, "so setting it needs the permission to: update on phonenumbers in the namespace " + namespace},
		"Delete":            {deleter, plain, ""},
		"Both":              {both, overriding, ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := tc.who.Create(t.Context(), rawBatch(namespace, tc.spec), client.DryRunAll)
			if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
				t.Errorf("it says %v, want %q", err, tc.want)
			}
		})
	}
}

// clusterRole allows one thing until the end of the test.
func clusterRole(t *testing.T, name, resource, verb string) {
	t.Helper()
	role := &rbacv1.ClusterRole{
		ObjectMeta: metav1.ObjectMeta{Name: name},
		Rules:      []rbacv1.PolicyRule{{APIGroups: []string{v1alpha1.GroupVersion.Group}, Resources: []string{resource}, Verbs: []string{verb}}},
	}
	createWith(t, asAdmin(t), role)
	t.Cleanup(func() { _ = asAdmin(t).Delete(context.Background(), role) })
}
