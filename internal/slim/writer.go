package slim

import (
	"context"
	"encoding/json"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/callplane/callplane/api/v1alpha1"
)

// A Writer updates objects that came from a cache with less than all of them: of a number
// only what a reconciler changes is sent. It is refused as an update is if somebody else
// wrote the object meanwhile.
type Writer struct{ client.Client }

// Update writes the finalizers of a number, and takes off the annotation with which a
// force delete is asked for if the number does not have it. Other objects are written
// whole.
func (w Writer) Update(ctx context.Context, object client.Object, options ...client.UpdateOption) error {
	number, ok := object.(*v1alpha1.PhoneNumber)
	if !ok {
		return w.Client.Update(ctx, object, options...)
	}
	patch, err := json.Marshal(map[string]any{"metadata": changes(number)})
	if err != nil {
		return err
	}
	return w.Patch(ctx, number, client.RawPatch(types.MergePatchType, patch))
}

func changes(number *v1alpha1.PhoneNumber) map[string]any {
	finalizers := number.Finalizers
	if finalizers == nil {
		finalizers = []string{}
	}
	metadata := map[string]any{"uid": number.UID, "resourceVersion": number.ResourceVersion, "finalizers": finalizers}
	if _, wanted := number.Annotations[v1alpha1.AnnotationForceDelete]; !wanted {
		metadata["annotations"] = map[string]any{v1alpha1.AnnotationForceDelete: nil}
	}
	return metadata
}
