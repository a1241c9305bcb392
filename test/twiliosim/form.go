package twiliosim

import (
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

const formContent = "application/x-www-form-urlencoded"

// form reads parameters into a resource. A parameter that was not sent leaves the resource as it is, an empty one clears it. The
// first refusal is kept, under the code that the resource uses for parameters it does not accept.
type form struct {
	values url.Values
	code   int
	failed *failure
}

// parseForm reads a body. Like Twilio it sees no parameters in a body of another type.
func parseForm(r *http.Request, body []byte) url.Values {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != formContent {
		return url.Values{}
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return url.Values{}
	}
	return values
}

func (f *form) refuse(detail ...any) {
	if f.failed == nil {
		f.failed = fail(f.code, detail...)
	}
}

// refuseWith is for the few rules that have a code of their own.
func (f *form) refuseWith(code int, detail ...any) {
	if f.failed == nil {
		f.failed = fail(code, detail...)
	}
}

func (f *form) has(name string) bool   { return f.values.Has(name) }
func (f *form) get(name string) string { return f.values.Get(name) }

func (f *form) require(names ...string) {
	for _, name := range names {
		if f.get(name) == "" {
			f.refuse(name, " is required")
		}
	}
}

func (f *form) text(name string, longest int, into *string) {
	if !f.has(name) {
		return
	}
	if utf8.RuneCountInString(f.get(name)) > longest {
		f.refuse(name, " is longer than ", longest)
		return
	}
	*into = f.get(name)
}

func (f *form) number(name string, least, most int, into *int) {
	if !f.has(name) {
		return
	}
	value, err := strconv.Atoi(f.get(name))
	if err != nil || value < least || value > most {
		f.refuse(name, " is not between ", least, " and ", most)
		return
	}
	*into = value
}

func (f *form) truth(name string, into *bool) {
	if !f.has(name) {
		return
	}
	switch strings.ToLower(f.get(name)) {
	case "true":
		*into = true
	case "false":
		*into = false
	default:
		f.refuse(name, " is neither true nor false")
	}
}

func (f *form) choice(name string, into *string, choices ...string) {
	if !f.has(name) {
		return
	}
	if !slices.Contains(choices, f.get(name)) {
		f.refuse(name, " is not one of ", strings.Join(choices, ", "))
		return
	}
	*into = f.get(name)
}

// sid accepts an empty value, which clears the reference.
func (f *form) sid(name, prefix string, into *string) {
	if !f.has(name) {
		return
	}
	if f.get(name) != "" && !isSID(prefix, f.get(name)) {
		f.refuse(name, " is not a SID")
		return
	}
	*into = f.get(name)
}
