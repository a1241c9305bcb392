package twilio

import "sync"

// A proof is evidence that the credentials belong to the account.
type proof int

const (
	// proofOfAccount is an answer from below the account's own path.
	proofOfAccount proof = iota
	// proofOfTrunking is something of the account's own in the trunking API, whose
	// paths name no account.
	proofOfTrunking
)

// memory is what a session has read and proven. Proofs last as long as the
// session; what was read lasts until the session changes anything. The zero
// value is ready for use.
type memory struct {
	mu         sync.Mutex
	generation int
	proofs     map[proof]bool
	seen       map[string]any
}

func (m *memory) prove(p proof) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.proofs == nil {
		m.proofs = map[proof]bool{}
	}
	m.proofs[p] = true
}

func (m *memory) proven(p proof) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.proofs[p]
}

// forget drops what was read. It is called before and after each change, so that
// a read that overlaps with one is not kept.
func (m *memory) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.generation++
	clear(m.seen)
}

func (m *memory) lookUp(key string) (value any, generation int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[key], m.generation
}

func (m *memory) keep(generation int, value any, keys ...string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if generation != m.generation {
		return
	}
	if m.seen == nil {
		m.seen = map[string]any{}
	}
	for _, key := range keys {
		m.seen[key] = value
	}
}

// recall returns what was read under the key, or else reads it and keeps it
// under the key and its aliases.
func recall[T any](m *memory, key string, read func() (T, error), aliases func(T) []string) (T, error) {
	known, generation := m.lookUp(key)
	if value, ok := known.(T); ok {
		return value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	m.keep(generation, value, append(aliases(value), key)...)
	return value, nil
}
