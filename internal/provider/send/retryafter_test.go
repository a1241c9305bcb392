package send

import (
	"net/http"
	"testing"
	"time"
)

func TestRetryAfter(t *testing.T) {
	const date = "Mon, 02 Mar 2026 12:00:00 GMT"
	cases := map[string]struct {
		reason      string
		value, date string
		want        time.Duration
	}{
		"Absent":   {"no header asks for nothing", "", date, 0},
		"Seconds":  {"seconds are taken", "30", date, 30 * time.Second},
		"Spaces":   {"white space is no matter", " 30 ", date, 30 * time.Second},
		"Zero":     {"at once is at once", "0", date, 0},
		"Negative": {"nobody can wait until before", "-5", date, 0},
		"Long":     {"a long wait is cut", "86400", date, maxRetryAfter},
		"Absurd":   {"more than an integer holds is cut too", "99999999999999999999", date, maxRetryAfter},
		"Minus":    {"and so is less", "-99999999999999999999", date, 0},
		"Date":     {"a date counts from that of the answer", "Mon, 02 Mar 2026 12:01:00 GMT", date, time.Minute},
		"PastDate": {"a date in the past asks for nothing", "Mon, 02 Mar 2026 11:00:00 GMT", date, 0},
		"FarDate":  {"a distant date is cut", "Mon, 02 Mar 2099 12:00:00 GMT", date, maxRetryAfter},
		"NoDate":   {"a date without one to compare with says nothing", "Mon, 02 Mar 2026 12:01:00 GMT", "", 0},
		"Words":    {"words say nothing", "soon", date, 0},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			header := http.Header{}
			header.Set("Retry-After", tc.value)
			header.Set("Date", tc.date)
			if got := RetryAfter(&http.Response{Header: header}); got != tc.want {
				t.Errorf("%s: %v, want %v", tc.reason, got, tc.want)
			}
		})
	}
}
