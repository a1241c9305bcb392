package cluster

import (
	"context"
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Annotate sets annotations of an object, if it is still the same one.
func (c *Cluster) Annotate(ctx context.Context, object client.Object, annotations map[string]string, options ...client.PatchOption) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": object.GetUID(), "annotations": annotations,
	}})
	if err != nil {
		return fmt.Errorf("writing annotations: %w", err)
	}
	// The answer is of no interest, and object stays as it was shown.
	same := object.DeepCopyObject().(client.Object)
	return Explain(c.Patch(ctx, same, client.RawPatch(types.MergePatchType, patch), options...))
}
