package livekit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"time"
)

const forwardLimit = 30 * time.Second

// reply is the server's answer; a nil reply is of a call that was not forwarded
// or not answered.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// forward sends the call on. A call that must be applied is sent even when its
// client has gone.
func (p *Proxy) forward(r *http.Request, body []byte, must bool) (*reply, error) {
	ctx := r.Context()
	if must {
		ctx = context.WithoutCancel(ctx)
	}
	request, err := http.NewRequestWithContext(ctx, r.Method, p.target+r.URL.RequestURI(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = r.Header.Clone()
	response, err := p.client.Do(request)
	if err != nil {
		return nil, err
	}
	content, err := io.ReadAll(response.Body)
	return &reply{response.StatusCode, response.Header, content}, errors.Join(err, response.Body.Close())
}

func (r *reply) applied() bool {
	return r != nil && r.status >= 200 && r.status < 300
}

func (r *reply) write(w http.ResponseWriter) {
	maps.Copy(w.Header(), r.header)
	w.WriteHeader(r.status)
	_, _ = w.Write(r.body)
}
