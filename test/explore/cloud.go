package explore

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/proto"

	"github.com/callplane/callplane/internal/failpoint"
)

// A cloud carries calls to one provider, as http.RoundTripper.
type cloud struct {
	visit   *visit
	naming  failpoint.Naming
	handler http.Handler
	// lagging is the provider whose lists do not show yet what is new.
	lagging func() http.Handler
	nature  func(*http.Request) nature
	refuse  func(*http.Request, Fault) *http.Response
}

// RoundTrip lets a call happen, or what the fault makes of it.
func (c cloud) RoundTrip(request *http.Request) (*http.Response, error) {
	of := c.nature(request)
	c.visit.calls(request, of)
	return carry(c.visit.wire, c.name(request), of, func() (*http.Response, bool) {
		response := c.ask(request, of).response(request)
		c.visit.buys(request, response)
		c.visit.system.noteTrunk()
		c.visit.called()
		return response, of == mutation && response.StatusCode < http.StatusMultipleChoices
	}, func(fault Fault, response *http.Response) (*http.Response, error) {
		switch fault {
		case None, NotYetListed:
			return response, nil
		case Reset:
			return nil, errors.New("connection reset by peer")
		case Malformed:
			return garble(response), nil
		}
		return c.refuse(request, fault), nil
	})
}

// names are those of the calls that were made so far: there are few, made very often.
var names sync.Map

func (c cloud) name(request *http.Request) string {
	call := request.Method + request.URL.Path
	if name, known := names.Load(call); known {
		return name.(string)
	}
	name := c.naming(request)
	names.Store(call, name)
	return name
}

// ask asks the provider, or one that lags.
func (c cloud) ask(request *http.Request, of nature) *answer {
	switch {
	case c.lags():
		return ask(c.lagging(), request)
	case of == mutation:
		return c.visit.changes(request, ask(c.handler, request))
	}
	return c.visit.asks(request, func() *answer { return ask(c.handler, request) })
}

// lags lets a list that lags do so until the visit ends, however often it is asked.
func (c cloud) lags() bool {
	effects := c.visit.wire.effects
	name := effects[len(effects)-1].Name
	return slices.ContainsFunc(effects, func(e Effect) bool { return e.Name == name && e.Fault == NotYetListed })
}

// garble leaves the beginning of an answer, in the place of the whole.
func garble(response *http.Response) *http.Response {
	body, _ := io.ReadAll(response.Body) // it is in memory
	body = append(body[:len(body)/2], "\xff{"...)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return response
}

func refusal(status int, body string) *http.Response {
	answer := answer{header: http.Header{"Content-Type": {"application/json"}}, status: status}
	answer.body.WriteString(body)
	return answer.response(nil)
}

// refusals are the status of each fault, Twilio's code and LiveKit's.
var refusals = map[Fault]struct {
	status          int
	twilio, livekit string
}{
	Unauthorized:    {http.StatusUnauthorized, "20003", "unauthenticated"},
	NotFound:        {http.StatusNotFound, "20404", "not_found"},
	Conflict:        {http.StatusConflict, "20409", "already_exists"},
	Throttled:       {http.StatusTooManyRequests, "20429", "resource_exhausted"},
	Unavailable:     {http.StatusServiceUnavailable, "20503", "unavailable"},
	AppliedAndError: {http.StatusInternalServerError, "20500", "internal"},
}

func refuseAsTwilio(_ *http.Request, fault Fault) *http.Response {
	answer := refusals[fault]
	return refusal(answer.status, `{"code":`+answer.twilio+`,"message":"an injected fault","status":`+strconv.Itoa(answer.status)+`}`)
}

// refuseAsLiveKit answers a list by id, which is LiveKit's way to read one thing,
// without the thing where it is to be a 404.
func refuseAsLiveKit(request *http.Request, fault Fault) *http.Response {
	if fault == NotFound && natureAtLiveKit(request) == get {
		return emptyList()
	}
	answer := refusals[fault]
	return refusal(answer.status, `{"code":"`+answer.livekit+`","msg":"an injected fault"}`)
}

var endsWithSID = regexp.MustCompile(`/[A-Z]{2}[0-9a-f]{32}(\.json)?$`)

func natureAtTwilio(request *http.Request) nature {
	switch {
	case request.Method != http.MethodGet:
		return mutation
	case endsWithSID.MatchString(request.URL.Path):
		return get
	}
	return list
}

func natureAtLiveKit(request *http.Request) nature {
	switch method := path.Base(request.URL.Path); {
	case !strings.HasPrefix(method, "List"):
		return mutation
	case byID(request):
		return get
	}
	return list
}

// byID reports whether a list is narrowed down to one thing by its id. The ids
// have the same place in the requests for all three kinds.
func byID(request *http.Request) bool {
	body := bodyOf(request)
	var trunks livekit.ListSIPInboundTrunkRequest
	var rules livekit.ListSIPDispatchRuleRequest
	if path.Base(request.URL.Path) == "ListSIPDispatchRule" {
		return proto.Unmarshal(body, &rules) == nil && len(rules.DispatchRuleIds) > 0
	}
	return proto.Unmarshal(body, &trunks) == nil && len(trunks.TrunkIds) > 0
}

func emptyList() *http.Response {
	answer := answer{header: http.Header{"Content-Type": {"application/protobuf"}}, status: http.StatusOK}
	return answer.response(nil)
}
