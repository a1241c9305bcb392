package standin

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const rule = "SDR_0123456789ab"

// counted is a server that counts what reaches it.
func counted() (http.Handler, *int) {
	reached := 0
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		reached++
		w.WriteHeader(http.StatusOK)
	}), &reached
}

// knock makes requests about a rule, and counts the answers by status.
func knock(t *testing.T, d *door, times int) map[int]int {
	t.Helper()
	statuses := map[int]int{}
	for range times {
		request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/twirp/livekit.SIP/ListSIPDispatchRule", strings.NewReader("\n\x10"+rule))
		answer := httptest.NewRecorder()
		d.ServeHTTP(answer, request)
		statuses[answer.Code]++
	}
	return statuses
}

func TestDoorLogs(t *testing.T) {
	next, _ := counted()
	d := newDoor(next)
	knock(t, d, 1)
	calls := d.log()
	if len(calls) != 1 {
		t.Fatalf("one request is one call: %v", calls)
	}
	got := calls[0]
	if got.Arrived.IsZero() || got.Answered.Before(got.Arrived) {
		t.Errorf("a request is answered after it has arrived: %+v", got)
	}
	want := Call{Operation: "livekit ListSIPDispatchRule", Subject: rule, Arrived: got.Arrived, Answered: got.Answered, Status: 200}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log says what was asked for, and about what:\n%s", diff)
	}
	d.forget()
	if len(d.log()) != 0 {
		t.Error("what is forgotten is not in the log")
	}
}

func TestDoorLimits(t *testing.T) {
	next, reached := counted()
	d := newDoor(next)
	// One token a minute: none comes back while this test runs.
	d.configure(Settings{PerMinute: 1, Burst: 3})
	if diff := cmp.Diff(map[int]int{200: 3, 429: 2}, knock(t, d, 5)); diff != "" || *reached != 3 {
		t.Errorf("beyond the burst requests are refused; %d of 3 got through\n%s", *reached, diff)
	}
}

func TestDoorSpoils(t *testing.T) {
	cases := map[string]struct {
		reason  string
		mix     Mix
		status  int
		reached int
	}{
		"Throttled": {"What is refused for its number does not get through.", Mix{Throttled: 1}, 429, 0},
		"Failed":    {"What fails does not get through.", Mix{Failed: 1}, 500, 0},
		"Lost":      {"What is lost was carried out.", Mix{Lost: 1}, 504, 4},
		"Nothing":   {"Without a mix all is well.", Mix{}, 200, 4},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			next, reached := counted()
			d := newDoor(next)
			d.spoil(tc.mix)
			if diff := cmp.Diff(map[int]int{tc.status: 4}, knock(t, d, 4)); diff != "" || *reached != tc.reached {
				t.Errorf("%s %d got through.\n%s", tc.reason, *reached, diff)
			}
		})
	}
}
