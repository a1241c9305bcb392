package connection

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/callplane/callplane/api/v1alpha1"
)

// SecretChanged leaves out the updates with which Callplane itself holds a
// Secret. Only metadata is watched, so any other update may have changed the
// credentials: whoever replaces a Secret as a whole takes our finalizer off with
// it.
var SecretChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return held(e.ObjectOld) || !held(e.ObjectNew)
}}

func held(secret client.Object) bool {
	return slices.Contains(secret.GetFinalizers(), v1alpha1.FinalizerInUse)
}
