package failpoint

import (
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A Naming names the effect of a request; what is none has no name. Names hold
// no query, no header and no body, since secrets are there.
type Naming func(*http.Request) string

// ids are those of Twilio and of Kubernetes, which differ from run to run.
var ids = regexp.MustCompile(`[A-Z]{2}[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// Twilio names a call after its method and path: twilio GET /v1/Trunks/{id}.
func Twilio(request *http.Request) string {
	return "twilio " + request.Method + " " + ids.ReplaceAllString(request.URL.Path, "{id}")
}

// LiveKit names a call after its procedure: livekit CreateSIPDispatchRule.
func LiveKit(request *http.Request) string {
	return "livekit " + path.Base(request.URL.Path)
}

// reads of the API server change nothing.
var reads = []string{http.MethodGet, http.MethodHead, http.MethodOptions}

// unrelated are written all the time, whatever becomes of a number.
var unrelated = []string{"events", "leases", "tokenreviews", "subjectaccessreviews"}

// API names a write to the API server after its method and object, without the
// namespace: api PUT phonenumbers/support-line/status. An update is one whether all of an
// object is sent or a part.
func API(request *http.Request) string {
	object := objectOf(request.URL.Path)
	if slices.Contains(reads, request.Method) || slices.Contains(unrelated, object[0]) {
		return ""
	}
	method := request.Method
	if method == http.MethodPatch {
		method = http.MethodPut
	}
	return "api " + method + " " + ids.ReplaceAllString(strings.Join(object, "/"), "{id}")
}

// objectOf returns resource, name and subresource of a path such as
// /apis/callplane.io/v1alpha1/namespaces/a/phonenumbers/b/status.
func objectOf(target string) []string {
	parts := strings.Split(strings.Trim(target, "/"), "/")
	version := 2
	if parts[0] == "apis" {
		version = 3
	}
	parts = parts[min(version, len(parts)-1):]
	if parts[0] == "namespaces" && len(parts) > 2 {
		return parts[2:]
	}
	return parts
}
