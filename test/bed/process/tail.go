package process

import (
	"cmp"
	"sync"
)

const defaultTail = 64 << 10

// tail keeps the last part of what is written to it. It may be read while a
// program is still writing.
type tail struct {
	size int
	mu   sync.Mutex
	text []byte
}

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text = append(t.text, b...)
	if size := cmp.Or(t.size, defaultTail); len(t.text) > 2*size {
		t.text = append([]byte(nil), t.text[len(t.text)-size:]...)
	}
	return len(b), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(t.text)
}
