// Package hostile serves what no provider does: answers that do not end, that
// are larger than they look, or that come from somebody else. It knows no
// provider.
package hostile

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"runtime"
	"strings"
	"time"
)

// trickle answers one byte a second and never ends.
func trickle(contentType string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		drain(r)
		w.Header().Set("Content-Type", contentType)
		for {
			_, _ = w.Write([]byte(" "))
			_ = http.NewResponseController(w).Flush()
			select {
			case <-r.Context().Done():
				return
			case <-time.After(time.Second):
			}
		}
	}
}

// silence accepts requests and answers none.
func silence(_ http.ResponseWriter, r *http.Request) {
	drain(r)
	<-r.Context().Done()
}

// drain reads a request: until then the server does not see its client go.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

// bomb answers with something small that unpacks to so many bytes.
func bomb(contentType string, size int) http.HandlerFunc {
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	// Nothing that is written into memory fails.
	_, _ = writer.Write(bytes.Repeat([]byte(" "), size))
	_ = writer.Close()
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(packed.Bytes())
	}
}

// flood answers with so many bytes, as they are.
func flood(contentType string, size int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		part := bytes.Repeat([]byte(" "), 1<<16)
		for sent := 0; sent < size; sent += len(part) {
			if _, err := w.Write(part); err != nil {
				return // the client has had enough
			}
		}
	}
}

// headers answers with a header of so many bytes.
func headers(contentType string, size int) http.HandlerFunc {
	value := strings.Repeat("x", size)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Long", value)
	}
}

// An Answer is one that a client must survive.
type Answer struct {
	Reason  string
	Handler http.HandlerFunc
	// Unread answers are given up before there is a whole one to judge.
	Unread bool
}

// Answers are all of them, as a content type that the client expects.
func Answers(contentType string) []Answer {
	const huge = 256 << 20
	return []Answer{
		{"no answer at all", silence, true},
		{"a byte a second, for ever", trickle(contentType), true},
		{"a small answer that unpacks to a huge one", bomb(contentType, huge), false},
		{"a huge answer", flood(contentType, huge), false},
		{"a huge header", headers(contentType, huge/8), true},
	}
}

// Cost is what something takes in time and in bytes of memory, the server's among
// them if that is in this process.
func Cost(act func()) (took time.Duration, memory uint64) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	began := time.Now()
	act()
	took = time.Since(began)
	runtime.ReadMemStats(&after)
	return took, after.TotalAlloc - before.TotalAlloc
}
