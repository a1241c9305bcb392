package twiliosim

import (
	"cmp"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Action is what a fault does to a request. Unless AfterApply is asked for, a request that is spoiled changes nothing.
type Action struct {
	kind       actionKind
	status     int
	code       int
	apply      bool
	delay      time.Duration
	hideFor    time.Duration
	retryAfter string
}

type actionKind int

const (
	untouched actionKind = iota
	failing
	cutOff
	silent
	html
	emptyBody
	truncated
	emptyObject
)

// Fail answers with a status and Twilio's code in the usual error body.
func Fail(status, code int) Action { return Action{kind: failing, status: status, code: code} }

// Reset cuts the connection instead of answering.
func Reset() Action { return Action{kind: cutOff} }

// Hang answers nothing until the client gives up or the server is closed.
func Hang() Action { return Action{kind: silent} }

// HTML answers with a page, as a proxy in between does; status may well be 200.
func HTML(status int) Action { return Action{kind: html, status: status} }

// EmptyBody answers with a status and no body.
func EmptyBody(status int) Action { return Action{kind: emptyBody, status: status} }

// EmptyObject answers with a status and {}.
func EmptyObject(status int) Action { return Action{kind: emptyObject, status: status} }

// TruncateJSON applies the change and breaks its answer off in the middle, under the status it would have had.
func TruncateJSON() Action { return Action{kind: truncated, apply: true} }

// HideFromLists keeps what the request creates out of lists for a while; fetching it works.
func HideFromLists(d time.Duration) Action { return Action{apply: true, hideFor: d} }

// Delay adds latency to a request that is otherwise left alone.
func Delay(d time.Duration) Action { return Action{apply: true, delay: d} }

// AfterApply makes the change happen before its answer is spoiled.
func (a Action) AfterApply() Action { a.apply = true; return a }

// WithRetryAfter sets the header of a 429 or 503.
func (a Action) WithRetryAfter(value string) Action { a.retryAfter = value; return a }

// WithDelay adds latency.
func (a Action) WithDelay(d time.Duration) Action { a.delay = d; return a }

func (a Action) spoils() bool { return a.kind != untouched }

// name is how the log shows an action.
func (a Action) name() string {
	if a == (Action{}) {
		return ""
	}
	kinds := map[actionKind]string{
		failing: fmt.Sprintf("fail %d/%d", a.status, a.code), cutOff: "reset", silent: "hang", html: fmt.Sprintf("html %d", a.status),
		emptyBody: fmt.Sprintf("empty body %d", a.status), truncated: "truncated json", emptyObject: fmt.Sprintf("empty object %d", a.status),
	}
	text := kinds[a.kind]
	switch {
	case a.hideFor > 0:
		text = "hidden from lists"
	case a.spoils() && a.apply:
		text += " after apply"
	case a.delay > 0 && !a.spoils():
		text = "delay"
	}
	return text
}

// replace puts the scripted status and failure in the place of the true answer.
func (a Action) replace(answer reply) reply {
	switch a.kind {
	case failing:
		failed := &failure{status: a.status, code: a.code, message: cmp.Or(failures[a.code].message, "this request was made to fail")}
		return refuse(failed)
	case html, emptyBody, emptyObject:
		return reply{status: a.status, body: object{}}
	}
	return answer
}

// silence handles the actions without an answer.
func (a Action) silence(w http.ResponseWriter, c *call) bool {
	switch a.kind {
	case silent:
		<-c.request.Context().Done()
		cut(w)
		return true
	case cutOff:
		cut(w)
		return true
	}
	return false
}

// spoil writes the body of an answer.
func (a Action) spoil(answer reply) (body []byte, content string) {
	const json = "application/json"
	body = render(answer.body)
	switch a.kind {
	case html:
		return []byte("<html><body><h1>Something is in between</h1></body></html>"), "text/html"
	case emptyBody:
		return nil, json
	case truncated:
		return body[:len(body)/2], json
	}
	return body, json
}

// cut ends the connection with a reset rather than an orderly close, where the connection can be had.
func cut(w http.ResponseWriter) {
	connection, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, isTCP := connection.(*net.TCPConn); isTCP {
		_ = tcp.SetLinger(0) // without it the client sees an end of file, which is as good
	}
	_ = connection.Close()
}
