package e2e

import (
	"context"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/callplane/callplane/api/v1alpha1"
)

// operations are the rows of docs/permissions.md.
var operations = []operation{
	{"read a number", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "live"}, &v1alpha1.PhoneNumber{})
	}},
	{"create a number", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareNumber(namespace, "new"), client.DryRunAll)
	}},
	{"create a number that is annotated to be forced", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareNumber(namespace, "new", annotated(v1alpha1.AnnotationForceDelete)), client.DryRunAll)
	}},
	{"create one with a generated name, annotated to be forced", func(ctx context.Context, c client.Client, namespace string) error {
		number := bareNumber(namespace, "", annotated(v1alpha1.AnnotationForceDelete))
		number.GenerateName = "new-"
		return c.Create(ctx, number, client.DryRunAll)
	}},
	{"edit a number", writing("live", func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Support" })},
	{"delete a number", deleting(aNumber("live"))},
	{"delete a protected number", deleting(aNumber("protected"))},
	{"delete all numbers of the namespace, a protected one among them", func(ctx context.Context, c client.Client, namespace string) error {
		return c.DeleteAllOf(ctx, &v1alpha1.PhoneNumber{}, client.InNamespace(namespace), client.DryRunAll)
	}},
	{"have numbers deleted by a PhoneNumberDeletion", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareBatch(namespace, "new"), client.DryRunAll)
	}},
	{"write the status of a PhoneNumberDeletion", func(ctx context.Context, c client.Client, namespace string) error {
		return asRead(ctx, bareBatch(namespace, "batch"), func(live client.Object) error { return c.Status().Update(ctx, live, client.DryRunAll) })
	}},
	{"take the protection off", writing("protected", func(n *v1alpha1.PhoneNumber) { n.Annotations = nil })},
	{"force a number that is not being deleted", writing("live", annotated(v1alpha1.AnnotationForceDelete))},
	{"force a number whose cleanup has not failed", writing("deleting", annotated(v1alpha1.AnnotationForceDelete))},
	{"force a corrupted number", writing("corrupted", annotated(v1alpha1.AnnotationForceDelete))},
	{"force a number that is not being deleted, by server-side apply", func(ctx context.Context, c client.Client, namespace string) error {
		patch := client.RawPatch(types.ApplyPatchType, []byte(`{"apiVersion":"callplane.io/v1alpha1","kind":"PhoneNumber","metadata":{"name":"live","annotations":{"callplane.io/force-delete":"true"}}}`))
		return c.Patch(ctx, bareNumber(namespace, "live"), patch, client.DryRunAll, client.ForceOwnership, client.FieldOwner("test"))
	}},
	{"change the deletion policy", writing("live", retained)},
	{"change the deletion policy while deleting", writing("deleting", retained)},
	{"strip callplane.io/teardown", writing("deleting", stripped(v1alpha1.FinalizerTeardown))},
	{"strip callplane.io/teardown by a JSON patch", func(ctx context.Context, c client.Client, namespace string) error {
		patch := client.RawPatch(types.JSONPatchType, []byte(`[{"op":"remove","path":"/metadata/finalizers/0"}]`))
		return c.Patch(ctx, bareNumber(namespace, "deleting"), patch, client.DryRunAll)
	}},
	{"strip the finalizer of somebody else", writing("deleting", stripped("example.org/theirs"))},
	{"strip callplane.io/in-use from an account", updating(anAccount, func(o client.Object) { o.SetFinalizers(nil) })},
	{"take the annotation to be forced off", writing("forced", func(n *v1alpha1.PhoneNumber) { n.Annotations = nil })},
	{"edit a number that is annotated to be forced", writing("forced", func(n *v1alpha1.PhoneNumber) { n.Spec.DisplayName = "Support" })},
	{"write the status of a number", func(ctx context.Context, c client.Client, namespace string) error {
		return asRead(ctx, aNumber("live")(namespace), func(live client.Object) error { return c.Status().Update(ctx, live, client.DryRunAll) })
	}},
	{"read a trunk", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Get(ctx, client.ObjectKey{Namespace: namespace, Name: "live"}, &v1alpha1.SIPTrunk{})
	}},
	{"create a trunk", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareTrunk(namespace, "new"), client.DryRunAll)
	}},
	{"create a trunk that is annotated to be forced", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareTrunk(namespace, "new", annotatedTrunk(v1alpha1.AnnotationForceDelete)), client.DryRunAll)
	}},
	{"delete a trunk", deleting(aTrunk("live"))},
	{"delete a protected trunk", deleting(aTrunk("protected"))},
	{"force a trunk that is not being deleted", rewriting("live", annotatedTrunk(v1alpha1.AnnotationForceDelete))},
	{"force a trunk whose cleanup has not failed", rewriting("deleting", annotatedTrunk(v1alpha1.AnnotationForceDelete))},
	{"force a corrupted trunk", rewriting("corrupted", annotatedTrunk(v1alpha1.AnnotationForceDelete))},
	{"change the deletion policy of a trunk", rewriting("live", retainedTrunk)},
	{"change the deletion policy of a trunk while deleting", rewriting("deleting", retainedTrunk)},
	{"strip callplane.io/teardown from a trunk", rewriting("deleting", func(trunk *v1alpha1.SIPTrunk) {
		controllerutil.RemoveFinalizer(trunk, v1alpha1.FinalizerTeardown)
	})},
	{"write the status of a trunk", func(ctx context.Context, c client.Client, namespace string) error {
		return asRead(ctx, aTrunk("live")(namespace), func(live client.Object) error { return c.Status().Update(ctx, live, client.DryRunAll) })
	}},
	{"read an OrphanRecord", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Get(ctx, client.ObjectKeyFromObject(aRecord("swept")(namespace)), &v1alpha1.OrphanRecord{})
	}},
	{"ask to delete what an OrphanRecord lists", updating(aRecord("swept"), deleteExternal)},
	{"ask to delete what an OrphanRecord lists, by a merge patch", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Patch(ctx, aRecord("swept")(namespace), merge(`{"metadata":{"annotations":{"callplane.io/delete-external":"true"}}}`), client.DryRunAll)
	}},
	{"ask to delete what was retained", updating(aRecord("retained"), deleteExternal)},
	{"take that request back", updating(aRecord("annotated"), func(o client.Object) { o.SetAnnotations(nil) })},
	{"create an OrphanRecord", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, bareRecord(namespace, "new", v1alpha1.ReasonSwept), client.DryRunAll)
	}},
	{"create an OrphanRecord that asks for it", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, annotatedRecord(namespace, "new"), client.DryRunAll)
	}},
	{"write the status of an OrphanRecord", func(ctx context.Context, c client.Client, namespace string) error {
		return asRead(ctx, aRecord("swept")(namespace), func(live client.Object) error { return c.Status().Update(ctx, live, client.DryRunAll) })
	}},
	{"delete an OrphanRecord", deleting(aRecord("swept"))},
	{"delete an open OrphanRecord of what was retained", deleting(aRecord("retained"))},
	{"delete a CRD of Callplane", deleting(aCRD)},
	{"set callplane.io/in-use on a Secret of people", updating(aSecret("key"), func(o client.Object) { controllerutil.AddFinalizer(o, v1alpha1.FinalizerInUse) })},
	{"change a Secret of people", updating(aSecret("key"), func(o client.Object) { o.(*corev1.Secret).Data["authToken"] = []byte("1") })},
	{"change the labels of a Secret of people", updating(aSecret("key"), func(o client.Object) { o.SetLabels(map[string]string{v1alpha1.LabelGenerated: "true"}) })},
	{"change a generated Secret", updating(aSecret("login"), func(o client.Object) { o.(*corev1.Secret).Data["password"] = []byte("1") })},
	{"delete a Secret of people", deleting(aSecret("key"))},
	{"create a Secret that is no generated login", func(ctx context.Context, c client.Client, namespace string) error {
		return c.Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: "new"}}, client.DryRunAll)
	}},
}

// bareBatch is one that nothing is deleted by.
func bareBatch(namespace, name string) *v1alpha1.PhoneNumberDeletion {
	return &v1alpha1.PhoneNumberDeletion{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
		Spec:       v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{"+14155550100"}, DryRun: new(true)},
	}
}

// writing tries a whole update of a number.
func writing(name string, change func(*v1alpha1.PhoneNumber)) func(context.Context, client.Client, string) error {
	return updating(aNumber(name), func(object client.Object) { change(object.(*v1alpha1.PhoneNumber)) })
}

// rewriting tries a whole update of a trunk.
func rewriting(name string, change func(*v1alpha1.SIPTrunk)) func(context.Context, client.Client, string) error {
	return updating(aTrunk(name), func(object client.Object) { change(object.(*v1alpha1.SIPTrunk)) })
}

func retainedTrunk(trunk *v1alpha1.SIPTrunk) {
	trunk.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain
}

func retained(number *v1alpha1.PhoneNumber) {
	number.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain
}

func stripped(finalizer string) func(*v1alpha1.PhoneNumber) {
	return func(number *v1alpha1.PhoneNumber) { controllerutil.RemoveFinalizer(number, finalizer) }
}
