package livekit

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	bed "github.com/callplane/callplane/test/bed/livekit"
)

// A create whose answer was lost is found by its marker, not made again.
func TestLostAnswers(t *testing.T) {
	answers := map[string]bed.Answer{"reset": bed.Reset(), "hang": bed.Hang(), "html": bed.HTML(503), "empty": bed.Empty(200)}
	for _, c := range subjects() {
		for name, answer := range answers {
			t.Run(c.kind+"/"+name, func(t *testing.T) {
				proxy, s := proxied(t, within(500*time.Millisecond))
				driver, call := driverOf(t, s, c.kind), c.call(t, s)
				before, err := c.count(testContext(t))
				if err != nil {
					t.Fatal(err)
				}
				proxy.Spoil(bed.Fault{Method: c.createMethod, Apply: true, Answer: answer})
				if _, err := driver.Create(testContext(t), call); err == nil || external.ClassOf(err).Lasting() {
					t.Fatalf("a lost answer: %v", err)
				}
				adopted, err := driver.Observe(testContext(t), call)
				wantObserved(t, adopted, err, external.Observation{ID: adopted.ID, Name: call.Marker})
				if after, err := c.count(testContext(t)); err != nil || after != before+1 {
					t.Fatalf("%d objects became %d, %v", before, after, err)
				}
			})
		}
	}
}

// Where the server knows the conflict, even a repeated create ends at the same
// object.
func TestConflicts(t *testing.T) {
	for _, c := range subjects()[:2] {
		t.Run(c.kind, func(t *testing.T) {
			s := connect(t, server.URL())
			driver, call := driverOf(t, s, c.kind), c.call(t, s)
			made, err := driver.Create(testContext(t), call)
			wantObserved(t, made, err, external.Observation{ID: made.ID, Name: call.Marker})
			again, err := driver.Create(testContext(t), call)
			wantObserved(t, again, err, made)

			foreign := call
			foreign.Marker = newMarker("foreign")
			_, err = driver.Create(testContext(t), foreign)
			wantClass(t, err, external.ResourceInUse)
			wantSays(t, err, made.ID)
		})
	}
}

func TestAnUpdateNamesWhoIsInTheWay(t *testing.T) {
	s := connect(t, server.URL())
	driver := driverOf(t, s, KindInboundTrunk)
	number := newNumber()
	create := func(number, caller string) external.Call {
		call := external.Call{
			Marker: newMarker(external.SlotInboundTrunk), Spec: InboundTrunkSpec{Number: number, AllowedNumbers: []string{caller}},
		}
		made, err := driver.Create(testContext(t), call)
		wantObserved(t, made, err, external.Observation{ID: made.ID, Name: call.Marker})
		call.ID = made.ID
		return call
	}
	holder := create(number, "+19995550101")
	for reason, call := range map[string]external.Call{
		"the callers change to those of another trunk": create(number, "+19995550102"),
		"the number was changed by hand and is taken":  create(newNumber(), "+19995550101"),
	} {
		t.Run(reason, func(t *testing.T) {
			call.Spec = holder.Spec
			_, err := driver.Update(testContext(t), call)
			wantClass(t, err, external.ResourceInUse)
			wantSays(t, err, holder.ID)
		})
	}
}

func TestANumberChangedByHandIsPutBack(t *testing.T) {
	s := connect(t, server.URL())
	driver, call := driverOf(t, s, KindInboundTrunk), fullInboundTrunk(t, s)
	made, err := driver.Create(testContext(t), call)
	wantObserved(t, made, err, external.Observation{ID: made.ID, Name: call.Marker})
	moved := call
	moved.ID = made.ID
	spec := call.Spec.(InboundTrunkSpec)
	spec.Number = newNumber()
	moved.Spec = spec
	seen, err := driver.Update(testContext(t), moved)
	wantObserved(t, seen, err, made)
	moved.Spec = call.Spec
	seen, err = driver.Update(testContext(t), moved)
	wantObserved(t, seen, err, made)
}

func TestPassingFaults(t *testing.T) {
	cases := []struct {
		reason string
		answer bed.Answer
		want   external.Class
		wait   float64
	}{
		{"an error page", bed.HTML(503), external.ProviderUnavailable, 0},
		{"a limit on requests", bed.TooManyRequests(7), external.Throttled, 7},
		{"a broken connection", bed.Reset(), external.NetworkError, 0},
		{"no answer in time", bed.Hang(), external.NetworkError, 0},
		{"an empty answer of a proxy", bed.Empty(200), external.ProviderUnavailable, 0},
	}
	for _, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			proxy, s := proxied(t, within(200*time.Millisecond))
			proxy.Spoil(bed.Fault{Count: bed.Always, Answer: c.answer})
			for _, subject := range subjects() {
				id := map[bool]string{true: "SDR_1", false: "ST_1"}[subject.kind == KindDispatchRule]
				driver := driverOf(t, s, subject.kind)
				_, observed := driver.Observe(testContext(t), external.Call{ID: id})
				_, looked := driver.Observe(testContext(t), external.Call{Marker: "cp-marker"})
				for _, err := range []error{observed, looked, driver.Delete(testContext(t), external.Call{ID: id})} {
					wantClass(t, err, c.want)
					if got := external.RetryAfterOf(err).Seconds(); got != c.wait {
						t.Errorf("retry after %v s, want %v s", got, c.wait)
					}
				}
			}
		})
	}
}

func TestAServerWithoutItsStoreProvesNothing(t *testing.T) {
	s := connect(t, server.URL())
	server.Redis().SetError("LOADING")
	defer server.Redis().SetError("")
	for _, kind := range []string{KindInboundTrunk, KindOutboundTrunk} {
		_, err := driverOf(t, s, kind).Observe(testContext(t), external.Call{ID: "ST_1"})
		wantClass(t, err, external.ProviderUnavailable)
	}
}

// Calls per operation are a budget: 1,000 a minute for a whole project.
func TestCallsPerOperation(t *testing.T) {
	for _, c := range subjects() {
		t.Run(c.kind, func(t *testing.T) {
			proxy, s := proxied(t)
			driver, call := driverOf(t, s, c.kind), c.call(t, s)
			spent := func(operation func() error) int {
				before := len(proxy.Calls())
				if err := operation(); err != nil {
					t.Fatal(err)
				}
				return len(proxy.Calls()) - before
			}
			got := map[string]int{}
			got["Create"] = spent(func() error {
				made, err := driver.Create(testContext(t), call)
				call.ID = made.ID
				return err
			})
			got["Observe by id"] = spent(func() error { _, err := driver.Observe(testContext(t), call); return err })
			got["Observe by marker"] = spent(func() error {
				_, err := driver.Observe(testContext(t), external.Call{Marker: call.Marker})
				return err
			})
			got["Update"] = spent(func() error { _, err := driver.Update(testContext(t), call); return err })
			got["Delete"] = spent(func() error { return driver.Delete(testContext(t), call) })
			want := map[string]int{"Create": 1, "Observe by id": 1, "Observe by marker": 2, "Update": 1, "Delete": 1}
			if c.kind == KindInboundTrunk {
				want["Update"] = 2
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}
