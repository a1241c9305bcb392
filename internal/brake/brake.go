// Package brake decides which of the numbers that are being deleted may be torn
// down now, so that a mass deletion can still be held up. It does not know the API
// server, nor what a teardown does.
package brake

import (
	"cmp"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// A Number is being torn down, or waits for its turn.
type Number struct {
	UID  types.UID
	Name types.NamespacedName
	// Deleted is when its deletion was asked for.
	Deleted time.Time
	// Begun says that it has a place: its teardown has begun.
	Begun bool
}

// Next lists those that may begin, in the order in which they do: for each place
// that is free, whoever waits longest, then the lowest UID. Those that have begun
// keep their places, however many they are.
func Next(numbers []Number, limit int) []Number {
	waiting := slices.DeleteFunc(slices.Clone(numbers), func(n Number) bool { return n.Begun })
	free := max(limit-(len(numbers)-len(waiting)), 0)
	slices.SortFunc(waiting, inTurn)
	return waiting[:min(free, len(waiting))]
}

func inTurn(a, b Number) int {
	return cmp.Or(a.Deleted.Compare(b.Deleted), cmp.Compare(a.UID, b.UID))
}
