package livekit

import (
	"net"
	"net/http"
	"strconv"
)

// An Answer is what a client gets in place of the server's answer. The zero
// Answer is the server's own.
type Answer struct {
	// status is 0 when the client gets no answer at all.
	status int
	write  func(p *Proxy, w http.ResponseWriter, r *http.Request)
}

// Status answers with a status and a short text that is not a twirp error, as
// a load balancer does.
func Status(code int) Answer {
	return withBody(code, "text/plain", http.StatusText(code)+"\n")
}

// HTML answers with an error page.
func HTML(code int) Answer {
	return withBody(code, "text/html", "<html><body><h1>"+http.StatusText(code)+"</h1></body></html>\n")
}

// Empty answers with a status and no body.
func Empty(code int) Answer { return withBody(code, "", "") }

// TooManyRequests answers 429 with a Retry-After of so many seconds.
func TooManyRequests(retryAfter int) Answer {
	limited := Status(http.StatusTooManyRequests)
	return Answer{status: limited.status, write: func(p *Proxy, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", strconv.Itoa(retryAfter))
		limited.write(p, w, r)
	}}
}

// Redirect answers that the method is to be called at another address.
func Redirect(address string) Answer {
	const code = http.StatusTemporaryRedirect
	return Answer{status: code, write: func(_ *Proxy, w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, address+r.URL.Path, code)
	}}
}

// Reset breaks the connection.
func Reset() Answer {
	return Answer{write: func(_ *Proxy, w http.ResponseWriter, _ *http.Request) { reset(w) }}
}

// Hang keeps the client waiting until it gives up or the proxy closes.
func Hang() Answer {
	return Answer{write: func(p *Proxy, w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-p.closing:
		}
		reset(w)
	}}
}

func withBody(code int, contentType, body string) Answer {
	return Answer{status: code, write: func(_ *Proxy, w http.ResponseWriter, _ *http.Request) {
		if contentType != "" {
			w.Header().Set("Content-Type", contentType)
		}
		w.WriteHeader(code)
		_, _ = w.Write([]byte(body))
	}}
}

// reset sends RST rather than FIN, which a client could take for a short body.
func reset(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if tcp, ok := connection.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0)
	}
	_ = connection.Close()
}
