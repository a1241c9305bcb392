package twiliosim_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/test/twiliosim"
)

// outcome is what a create meets under a fault: its answer, and how many trunks there are then.
type outcome struct {
	Status, Code, Trunks int
	NoAnswer             bool
	Text                 string
}

type faultCase struct {
	reason string
	action twiliosim.Action
	want   outcome
}

func faultCases() map[string]faultCase {
	return map[string]faultCase{
		"Fail":           {"a failure comes before the change", twiliosim.Fail(500, 20500), outcome{Status: 500, Code: 20500}},
		"FailAfter":      {"or after it", twiliosim.Fail(503, 20503).AfterApply(), outcome{Status: 503, Code: 20503, Trunks: 1}},
		"Reset":          {"a reset leaves no answer", twiliosim.Reset(), outcome{NoAnswer: true}},
		"ResetAfter":     {"and may hide a change", twiliosim.Reset().AfterApply(), outcome{NoAnswer: true, Trunks: 1}},
		"Hang":           {"a hang lasts until the client gives up", twiliosim.Hang(), outcome{NoAnswer: true}},
		"HangAfter":      {"and may hide a change too", twiliosim.Hang().AfterApply(), outcome{NoAnswer: true, Trunks: 1}},
		"HTML":           {"a page may come with a good status", twiliosim.HTML(200), outcome{Status: 200, Text: "<html>"}},
		"HTMLAfter":      {"or after the change with a bad one", twiliosim.HTML(502).AfterApply(), outcome{Status: 502, Text: "<html>", Trunks: 1}},
		"Empty":          {"a body may be empty", twiliosim.EmptyBody(404), outcome{Status: 404}},
		"Object":         {"or without any field", twiliosim.EmptyObject(500), outcome{Status: 500, Text: "{}"}},
		"Truncated":      {"or broken off", twiliosim.TruncateJSON(), outcome{Status: 201, Text: "{", Trunks: 1}},
		"Delay":          {"a delay changes nothing else", twiliosim.Delay(time.Millisecond), outcome{Status: 201, Text: "{", Trunks: 1}},
		"AnyOtherStatus": {"any code can be scripted", twiliosim.Fail(409, 20409), outcome{Status: 409, Code: 20409}},
	}
}

func TestFaults(t *testing.T) {
	for name, tc := range faultCases() {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.client.Timeout = 5 * time.Second
			if strings.HasPrefix(name, "Hang") {
				w.client.Timeout = 200 * time.Millisecond
			}
			w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.create"}, Action: tc.action})
			answered := w.post("/v1/Trunks", "FriendlyName", "x")
			got := outcome{Status: answered.status, Code: answered.code, NoAnswer: answered.err != nil, Trunks: len(w.sim.Trunks(""))}
			if tc.want.Text != "" && strings.HasPrefix(answered.text, tc.want.Text) {
				got.Text = tc.want.Text
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s\n%v", tc.reason, diff, answered)
			}
			if logged := w.sim.Calls()[0]; logged.Applied != (tc.want.Trunks == 1) || logged.Status != tc.want.Status {
				t.Errorf("%s, and the log tells: %+v", tc.reason, logged)
			}
			w.client.Timeout = 5 * time.Second
			w.must(201, w.post("/v1/Trunks"))
		})
	}
}

func onOperation(pattern string) twiliosim.Fault {
	return twiliosim.Fault{Match: twiliosim.Match{Operation: pattern}, Count: 4}
}

func TestFaultMatching(t *testing.T) {
	cases := map[string]struct {
		reason string
		fault  twiliosim.Fault
		want   []int
	}{
		"Once":      {"a fault hits once", twiliosim.Fault{}, []int{500, 200, 200, 200}},
		"Nth":       {"from the nth match", twiliosim.Fault{Nth: 2, Count: 2}, []int{200, 500, 500, 200}},
		"Forever":   {"or for ever", twiliosim.Fault{Nth: 3, Count: twiliosim.Forever}, []int{200, 200, 500, 500}},
		"Operation": {"operations match by pattern", onOperation("trunk.*"), []int{500, 500, 500, 500}},
		"Other":     {"other operations are left alone", onOperation("number.*"), []int{200, 200, 200, 200}},
		"Method":    {"methods match", twiliosim.Fault{Match: twiliosim.Match{Method: http.MethodDelete}, Count: 4}, []int{200, 200, 200, 200}},
		"Path":      {"paths match by pattern", twiliosim.Fault{Match: twiliosim.Match{Path: "/v1/*"}, Count: 4}, []int{500, 500, 500, 500}},
		"Account":   {"accounts match", twiliosim.Fault{Match: twiliosim.Match{Account: "AC1"}, Count: 4}, []int{200, 200, 200, 200}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			tc.fault.Action = twiliosim.Fail(500, 20500)
			w.sim.Inject(tc.fault)
			got := []int{}
			for range tc.want {
				got = append(got, w.get("/v1/Trunks").status)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s: %s", tc.reason, diff)
			}
		})
	}
}

func TestFaultCanBeRemoved(t *testing.T) {
	w := newWorld(t)
	injected := w.sim.Inject(twiliosim.Fault{Count: twiliosim.Forever, Action: twiliosim.Fail(500, 20500)})
	w.must(500, w.get("/v1/Trunks"))
	injected.Remove()
	w.must(200, w.get("/v1/Trunks"))
	if injected.Hits() != 1 {
		t.Errorf("a fault counts what it met: %d", injected.Hits())
	}
	w.sim.Inject(twiliosim.Fault{Count: twiliosim.Forever, Action: twiliosim.Fail(500, 20500)})
	w.sim.ClearFaults()
	w.must(200, w.get("/v1/Trunks"))
}

func TestListsCanLag(t *testing.T) {
	w := newWorld(t)
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "trunk.create"}, Action: twiliosim.HideFromLists(time.Minute)})
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Operation: "number.attach"}, Action: twiliosim.HideFromLists(time.Minute)})
	trunk := w.trunk("FriendlyName", "late")
	number := w.sim.AddNumber(w.account.SID, "+14155550100", twiliosim.NumberOptions{})
	w.must(201, w.post(trunk+"/PhoneNumbers", "PhoneNumberSid", number))
	w.must(200, w.get(trunk))
	shown := func() int {
		return len(items(w.get("/v1/Trunks"), "trunks")) + len(items(w.get(trunk+"/PhoneNumbers"), "phone_numbers"))
	}
	if got := shown(); got != 0 {
		t.Errorf("a hidden resource can be fetched and is in no list: %d listed", got)
	}
	w.clock.advance(time.Minute)
	if got := shown(); got != 2 {
		t.Errorf("lists catch up: %d listed", got)
	}
}

func TestConcurrencyLimit(t *testing.T) {
	w := newWorld(t, twiliosim.WithSettings(func(s *twiliosim.Settings) { s.MaxConcurrent, s.RetryAfter = 1, "3" }))
	w.sim.Inject(twiliosim.Fault{Action: twiliosim.Hang().AfterApply()})
	hanging := *w
	hanging.client = &http.Client{Transport: w.client.Transport, Timeout: time.Minute}
	var waiting sync.WaitGroup
	defer waiting.Wait()
	waiting.Go(func() { hanging.post("/v1/Trunks") })
	await(t, func() bool { return len(w.sim.Mutations()) == 1 })
	got := w.get("/v1/Trunks")
	if got.status != 429 || got.code != 20429 || got.header.Get("Retry-After") != "3" || got.header.Get("Twilio-Concurrent-Requests") != "2" {
		t.Errorf("a request over the limit is turned away: %v %v", got, got.header)
	}
	other := w.sim.AddAccount(twiliosim.AccountOptions{})
	w.must(200, w.as(other.SID, other.AuthToken).get("/v1/Trunks"))
	w.stop() // ends the request that hangs
}

func TestLatency(t *testing.T) {
	w := newWorld(t, twiliosim.WithSettings(func(s *twiliosim.Settings) { s.Latency = 30 * time.Millisecond }))
	start := time.Now()
	w.must(200, w.get("/v1/Trunks"))
	if took := time.Since(start); took < 30*time.Millisecond {
		t.Errorf("every answer takes its time: %s", took)
	}
}

func TestRandomFaultsRepeat(t *testing.T) {
	run := func(seed uint64) ([]string, int) {
		w := newWorld(t)
		w.sim.RandomFaults(seed, 0.5)
		for range 40 {
			w.post("/v1/Trunks")
			w.get("/v1/Trunks")
		}
		faults, hit := []string{}, 0
		for _, call := range w.sim.Calls() {
			faults = append(faults, call.Operation+" "+call.Fault)
			if call.Fault != "" {
				hit++
			}
		}
		return faults, hit
	}
	first, hit := run(1)
	again, _ := run(1)
	other, _ := run(2)
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("a seed gives the same faults again: %s", diff)
	}
	if cmp.Equal(first, other) {
		t.Error("another seed gives other faults")
	}
	if hit < 20 || hit > 60 {
		t.Errorf("about half of 80 requests are hit at rate 0.5: %d", hit)
	}
}

func TestSeedsArePrinted(t *testing.T) {
	printed := []string{}
	s := twiliosim.New(twiliosim.WithLogf(func(format string, _ ...any) { printed = append(printed, format) }))
	s.RandomFaults(3, 0.1)
	if len(printed) != 2 {
		t.Errorf("a chosen seed and the seed of faults are printed: %v", printed)
	}
}

func TestClientThatGivesUpDoesNotUndo(t *testing.T) {
	w := newWorld(t, twiliosim.WithSettings(func(s *twiliosim.Settings) { s.Latency = time.Minute }))
	w.client.Timeout = 100 * time.Millisecond
	if got := w.post("/v1/Trunks"); got.err == nil {
		t.Fatalf("the client gives up before the answer: %v", got)
	}
	await(t, func() bool { return len(w.sim.Mutations()) == 1 && len(w.sim.Trunks("")) == 1 })
}

func await(t *testing.T, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(20 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			t.Fatal("the condition never held")
		}
		time.Sleep(time.Millisecond)
	}
}

func TestOutageKeepsState(t *testing.T) {
	w := newWorld(t)
	trunk := w.trunk()
	w.stop()
	if got := w.get(trunk); got.err == nil {
		t.Errorf("a closed server answers nothing: %v", got)
	}
	again, err := w.sim.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(again.Close)
	w.url = again.URL
	w.must(200, w.get(trunk))
}

func TestMixFaults(t *testing.T) {
	const requests = 400
	w := newWorld(t)
	w.sim.MixFaults(11,
		twiliosim.Share{Rate: 0.2, Action: twiliosim.Fail(429, 20429)}, twiliosim.Share{Rate: 0.1, Action: twiliosim.HTML(504).AfterApply()})
	for range requests {
		w.get("/v1/Trunks")
	}
	got := map[string]int{}
	for _, call := range w.sim.Calls() {
		got[call.Fault]++
	}
	for fault, rate := range map[string]float64{"fail 429/20429": 0.2, "html 504 after apply": 0.1, "": 0.7} {
		if share := float64(got[fault]) / requests; share < rate-0.06 || share > rate+0.06 {
			t.Errorf("each action has its share of all requests: %q has %.2f in place of %.2f", fault, share, rate)
		}
	}
	if len(got) != 3 {
		t.Errorf("nothing but the mix spoils a request: %v", got)
	}
}
