// Package hostile serves what no provider does: answers that do not end, that
// are larger than they look, or that come from somebody else. It knows no
// provider.
package hostile

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"time"
)

// Trickle answers one byte a second and never ends.
func Trickle(contentType string) http.HandlerFunc {
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

// Silence accepts requests and answers none.
func Silence(_ http.ResponseWriter, r *http.Request) {
	drain(r)
	<-r.Context().Done()
}

// drain reads a request: until then the server does not see its client go.
func drain(r *http.Request) { _, _ = io.Copy(io.Discard, r.Body) }

// Bomb answers with something small that unpacks to so many bytes.
func Bomb(contentType string, size int) http.HandlerFunc {
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

// Flood answers with so many bytes, as they are.
func Flood(contentType string, size int) http.HandlerFunc {
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

// Headers answers with a header of so many bytes.
func Headers(contentType string, size int) http.HandlerFunc {
	value := strings.Repeat("x", size)
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.Header().Set("X-Long", value)
	}
}
