package lifecycle

import (
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/utils/lru"
)

// Departed remembers the last objects that were let go of: a cache still shows some of
// them for a moment, and whoever believed that would look for everything once more. Nil
// remembers nobody.
type Departed struct{ cache *lru.Cache }

// many is more than go in the time that a cache lags behind.
const many = 4096

// NewDeparted remembers nobody yet.
func NewDeparted() *Departed { return &Departed{lru.New(many)} }

func (d *Departed) note(uid types.UID) {
	if d != nil {
		d.cache.Add(uid, nil)
	}
}

func (d *Departed) has(uid types.UID) bool {
	if d == nil {
		return false
	}
	_, departed := d.cache.Get(uid)
	return departed
}
