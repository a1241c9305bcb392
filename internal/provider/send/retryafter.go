package send

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/callplane/callplane/internal/external"
)

// maxRetryAfter is the longest wait that is believed.
const maxRetryAfter = 10 * time.Minute

// RetryAfter is how long a provider wants to be left alone: in seconds, or until a date,
// which is compared with the provider's own so that clocks do not matter. What nobody can
// mean is brought into range: 0 to 10 minutes.
func RetryAfter(response *http.Response) time.Duration {
	value := strings.TrimSpace(response.Header.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(max(seconds, 0), int64(maxRetryAfter/time.Second))) * time.Second
	}
	until, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(response.Header.Get("Date"))
	if err != nil {
		return 0
	}
	return min(max(until.Sub(now), 0), maxRetryAfter)
}

// notSent reports whether the budget did not let a request begin.
func notSent(err error) bool {
	_, ok := errors.AsType[*external.Error](err)
	return ok
}
