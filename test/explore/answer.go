package explore

import (
	"bytes"
	"io"
	"net/http"
	"strconv"
	"sync"
)

// An answer is what a provider's handler writes, as http.ResponseWriter. Once it is
// written it never changes.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func ask(handler http.Handler, request *http.Request) *answer {
	if request.Body == nil {
		request.Body = http.NoBody
	}
	a := &answer{header: http.Header{}, status: http.StatusOK}
	handler.ServeHTTP(a, request)
	return a
}

func (a *answer) Header() http.Header            { return a.header }
func (a *answer) WriteHeader(status int)         { a.status = status }
func (a *answer) Write(text []byte) (int, error) { return a.body.Write(text) }

// response is the answer as a client gets it.
func (a *answer) response(of *http.Request) *http.Response {
	return &http.Response{
		Status: strconv.Itoa(a.status) + " " + http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body.Bytes())), ContentLength: int64(a.body.Len()), Request: of,
	}
}

// answers are what visits have read at the providers that began in the same system:
// who asks the same after the same changes is answered the same. Most visits differ in
// one fault only, so that most of what they read was read before.
type answers struct {
	mu    sync.Mutex
	known map[string]*answer
}

func (a *answers) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.known = nil
}

func (a *answers) get(question string) *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.known[question]
}

func (a *answers) keep(question string, given *answer) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.known == nil {
		a.known = map[string]*answer{}
	}
	a.known[question] = given
}

// asks is a read at a provider, which is asked where no visit has read the same.
func (v *visit) asks(request *http.Request, ask func() *answer) *answer {
	if v.heard == nil {
		return ask()
	}
	question := string(v.changed[:]) + asText(request)
	known := v.heard.get(question)
	if known == nil {
		known = ask()
		v.heard.keep(question, known)
	}
	return known
}

// changes notes a change at a provider by what was asked for and what was answered,
// which holds the identifiers that were given.
func (v *visit) changes(request *http.Request, given *answer) *answer {
	v.changed = digestOf(string(v.changed[:]) + asText(request) + given.body.String())
	return given
}

func asText(request *http.Request) string {
	return request.Method + " " + request.URL.String() + " " + request.Header.Get("Authorization") + " " + string(bodyOf(request))
}
