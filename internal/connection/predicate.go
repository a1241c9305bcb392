package connection

import (
	"slices"

	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/predicate"

	"github.com/callplane/callplane/api/v1alpha1"
)

// SecretChanged leaves out the updates with which Callplane itself holds a
// Secret or lets go of it. Only metadata is watched, so any other update may
// have changed the credentials.
var SecretChanged = predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
	return held(e.ObjectOld) == held(e.ObjectNew)
}}

func held(secret client.Object) bool {
	return slices.Contains(secret.GetFinalizers(), v1alpha1.FinalizerInUse)
}
