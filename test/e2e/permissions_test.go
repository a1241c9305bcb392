package e2e

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/test/world"
)

// An operation is something that somebody tries, as a dry run: admission and
// roles judge it as they would the real thing.
type operation struct {
	name string
	try  func(ctx context.Context, c client.Client, namespace string) error
}

// TestPermissions tries every operation as everybody and compares the outcomes
// with the table of docs/permissions.md.
func TestPermissions(t *testing.T) {
	namespace := namespaceFor(t)
	stage(t, namespace)
	people := []person{
		user(t, namespace, "viewer", "view"),
		user(t, namespace, "editor", "edit"),
		user(t, namespace, "forcer", "edit", "callplane-force-delete"),
		user(t, namespace, "admin", "admin"),
		cleaner(t),
		asAdmin(t),
		account(t, world.ManagerNamespace, "callplane-manager"),
		account(t, "kube-system", "namespace-controller"),
		account(t, "kube-system", "generic-garbage-collector"),
	}
	var table strings.Builder
	row(&table, append([]string{"operation"}, names(people)...)...)
	row(&table, strings.Split(strings.Repeat("---,", len(people))+"---", ",")...)
	for _, operation := range operations {
		cells := []string{operation.name}
		for _, person := range people {
			cells = append(cells, outcome(t, operation.try(t.Context(), person, namespace)))
		}
		row(&table, cells...)
	}
	if diff := cmp.Diff(documented(t), table.String()); diff != "" {
		t.Errorf("docs/permissions.md (-documented +as it is):\n%s\n%s", diff, table.String())
	}
}

func names(people []person) []string {
	names := make([]string, len(people))
	for i, person := range people {
		names[i] = person.name
	}
	return names
}

func row(table *strings.Builder, cells ...string) {
	fmt.Fprintf(table, "| %s |\n", strings.Join(cells, " | "))
}

var policyName = regexp.MustCompile(`ValidatingAdmissionPolicy 'callplane-([a-z-]+)'`)

// outcome is yes, the policy that refused, or that no role allows it.
func outcome(t *testing.T, err error) string {
	t.Helper()
	switch {
	case err == nil:
		return "yes"
	case policyName.MatchString(err.Error()):
		return "no: " + policyName.FindStringSubmatch(err.Error())[1]
	case apierrors.IsForbidden(err):
		return "no role"
	default:
		t.Errorf("an operation failed for another reason: %v", err)
		return err.Error()
	}
}

// documented is the first table of docs/permissions.md.
func documented(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(inRepository(t, "docs/permissions.md"))
	if err != nil {
		t.Fatal(err)
	}
	var table strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "|") {
			table.WriteString(line)
		} else if table.Len() > 0 {
			break
		}
	}
	return table.String()
}

// stage makes what the operations are tried on.
func stage(t *testing.T, namespace string) {
	t.Helper()
	admin := asAdmin(t)
	createWith(t, admin,
		bareNumber(namespace, "live"), bareNumber(namespace, "deleting"), bareNumber(namespace, "corrupted"), bareNumber(namespace, "forced"),
		bareNumber(namespace, "protected", annotated(v1alpha1.AnnotationDeletionProtection)),
		bareTrunk(namespace, "live"), bareTrunk(namespace, "deleting"), bareTrunk(namespace, "corrupted"),
		bareTrunk(namespace, "protected", annotatedTrunk(v1alpha1.AnnotationDeletionProtection)),
		&v1alpha1.TwilioAccount{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "account", Finalizers: []string{v1alpha1.FinalizerInUse}},
			Spec:       v1alpha1.TwilioAccountSpec{AccountSID: "AC00000000000000000000000000000000", CredentialsSecretRef: v1alpha1.SecretReference{Name: "key"}},
		},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "key"}, StringData: map[string]string{"authToken": "0"}},
		&corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "login", Labels: map[string]string{v1alpha1.LabelGenerated: "true"}}, Type: corev1.SecretTypeBasicAuth, StringData: map[string]string{"username": "u", "password": "p"}},
	)
	createWith(t, admin, bareBatch(namespace, "batch"))
	for _, record := range []*v1alpha1.OrphanRecord{
		bareRecord(namespace, "swept", v1alpha1.ReasonSwept), bareRecord(namespace, "retained", v1alpha1.ReasonRetained),
		annotatedRecord(namespace, "annotated"),
	} {
		createWith(t, admin, record)
		t.Cleanup(func() { _ = admin.Delete(context.Background(), record) })
	}
	for _, object := range []client.Object{
		bareNumber(namespace, "deleting"), bareNumber(namespace, "corrupted"), bareNumber(namespace, "forced"),
		bareTrunk(namespace, "deleting"), bareTrunk(namespace, "corrupted"),
	} {
		if err := admin.Delete(t.Context(), object); err != nil {
			t.Fatal(err)
		}
	}
	corrupt(t, bareNumber(namespace, "corrupted"), bareNumber(namespace, "forced"), bareTrunk(namespace, "corrupted"))
	force := merge(`{"metadata":{"annotations":{"callplane.io/force-delete":"true"}}}`)
	if err := admin.Patch(t.Context(), bareNumber(namespace, "forced"), force); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { release(t, namespace) })
}

// release lets everything go that has a finalizer.
func release(t *testing.T, namespace string) {
	t.Helper()
	admin := asAdmin(t)
	ctx := context.Background()
	for _, list := range []client.ObjectList{&v1alpha1.PhoneNumberList{}, &v1alpha1.SIPTrunkList{}, &v1alpha1.TwilioAccountList{}} {
		if err := admin.List(ctx, list, client.InNamespace(namespace)); err != nil {
			t.Error(err)
		}
		_ = meta.EachListItem(list, func(item runtime.Object) error {
			// The namespace takes its time, and the next test's manager would look at it.
			patched := admin.Patch(ctx, item.(client.Object), merge(`{"metadata":{"finalizers":null,"annotations":null}}`))
			return client.IgnoreNotFound(errors.Join(patched, client.IgnoreNotFound(admin.Delete(ctx, item.(client.Object)))))
		})
	}
	ignored := admin.Delete(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace}})
	if client.IgnoreNotFound(ignored) != nil {
		t.Error(ignored)
	}
}

func merge(patch string) client.Patch {
	return client.RawPatch("application/merge-patch+json", []byte(patch))
}

func deleting(object func(namespace string) client.Object) func(context.Context, client.Client, string) error {
	return func(ctx context.Context, c client.Client, namespace string) error {
		return c.Delete(ctx, object(namespace), client.DryRunAll)
	}
}

// updating tries a whole update.
func updating(object func(namespace string) client.Object, change func(client.Object)) func(context.Context, client.Client, string) error {
	return func(ctx context.Context, c client.Client, namespace string) error {
		return asRead(ctx, object(namespace), func(live client.Object) error {
			change(live)
			return c.Update(ctx, live, client.DryRunAll)
		})
	}
}

// asRead has something done with an object as the administrator reads it: whoever
// may not read could not try to write.
func asRead(ctx context.Context, object client.Object, do func(client.Object) error) error {
	admin, err := client.New(plane.Config(), client.Options{Scheme: world.Scheme()})
	if err != nil {
		return err
	}
	if err := admin.Get(ctx, client.ObjectKeyFromObject(object), object); err != nil {
		return err
	}
	return do(object)
}
