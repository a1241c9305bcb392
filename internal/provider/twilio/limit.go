package twilio

import (
	"sync"

	"golang.org/x/sync/semaphore"
)

// defaultLimit is how many requests an account may have under way. Twilio
// limits concurrency rather than rate, and publishes no number.
const defaultLimit = 8

// limits hands out, for each budget key of provider.Access, the places for
// requests under way. The zero value is ready for use.
type limits struct {
	mu    sync.Mutex
	byKey map[string]limit
}

type limit struct {
	size   int
	places *semaphore.Weighted
}

// of returns the places of a budget key. When the limit has changed they are new
// ones: requests under way keep their old place, so the account may for a moment
// have more of them than either limit.
func (l *limits) of(key string, size int) *semaphore.Weighted {
	if size < 1 {
		size = defaultLimit
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.byKey[key]; ok && known.size == size {
		return known.places
	}
	if l.byKey == nil {
		l.byKey = map[string]limit{}
	}
	l.byKey[key] = limit{size: size, places: semaphore.NewWeighted(int64(size))}
	return l.byKey[key].places
}
