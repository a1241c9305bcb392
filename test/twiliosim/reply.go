package twiliosim

import (
	"net/http"
	"time"
)

type object map[string]any

// reply is what a handler answers: a body, nothing, or a failure.
type reply struct {
	status int
	body   object
	failed *failure
}

func ok(body object) reply      { return reply{status: http.StatusOK, body: body} }
func created(body object) reply { return reply{status: http.StatusCreated, body: body} }
func gone() reply               { return reply{status: http.StatusNoContent} }
func refuse(failed *failure) reply {
	return reply{status: failed.status, body: failed.body(), failed: failed}
}

// orNull renders an unset text as JSON null: an empty text would break the patterns of Twilio's own document.
func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}

// The two APIs write dates differently, and clients depend on it.
func trunkingDate(t time.Time) string { return t.UTC().Format(time.RFC3339) }
func accountDate(t time.Time) string  { return t.UTC().Format(time.RFC1123Z) }
