package explore

import (
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCreateToDelete explores the first world whole. The others take longer: make
// explore.
func TestCreateToDelete(t *testing.T) {
	defer Hurry()()
	report := Explore(createToDelete(), Options{Workers: runtime.NumCPU(), Limit: 10})
	t.Log(report)
	for _, violation := range report.Violations {
		t.Errorf("%s\n%s", violation.What, violation.Schedule())
	}
	if uncovered := report.Matrix.Uncovered(); len(uncovered) > 0 {
		t.Errorf("effects that never met a fault which they can meet: %q", uncovered)
	}
	if report.States < 100 {
		t.Errorf("%d states, want all that a number goes through", report.States)
	}
}

// TestReplay follows a crash that was explored, and what comes after it.
func TestReplay(t *testing.T) {
	w := createToDelete()
	crash := slices.IndexFunc(w.leave(w.newSystem()), func(t transition) bool {
		return strings.Contains(t.step, "crash after") && strings.HasSuffix(t.step, "twilio POST /v1/Trunks #1")
	})
	schedule := strings.Join([]string{
		begins, w.leave(w.newSystem())[crash].step, "the grace passes", "support-line, 0 behind", "delete support-line", "support-line, 0 behind",
	}, arrow)
	var story strings.Builder
	if err := Replay(w, schedule, &story); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(story.String(), "  ! ") || strings.Count(story.String(), "    twilio POST /v1/Trunks #1") != 1 {
		t.Errorf("the trunk is made once and found again, and nothing is wrong:\n%s", story.String())
	}
	if err := Replay(w, "no such step", &story); err == nil {
		t.Error("a step that does not exist is refused")
	}
}

// TestFoundOnce goes through what explorations of worlds that are not part of this
// test have found once.
func TestFoundOnce(t *testing.T) {
	cases := map[string]struct {
		reason   string
		world    World
		schedule string
	}{
		"lost while it was set up": {
			reason: "an inbound trunk of a lost number keeps one of the same name from having its own, and is taken over",
			world:  sameNameAgain(), schedule: "support-line, 0 behind: crash after at 12 livekit CreateSIPInboundTrunk #1 -> lose support-line -> create support-line",
		},
		"swept while it was forced": {
			reason: "what a forced number has recorded, and still has in its ledger, stays on record",
			world:  sameNameAgain(), schedule: "support-line, 0 behind -> delete support-line -> support-line, 0 behind: 404 at 1 api GET secrets/livekit #1 -> force support-line -> support-line, 0 behind: crash after at 3 api PUT orphanrecords/{id}/status #1 -> sweep of twilio, 0 behind -> support-line, 0 behind",
		},
		"lost with its rule": {
			reason: "the rule of a lost number keeps one of the same name from having its own, and is taken over with its trunk",
			world:  sameNameAgain(), schedule: "support-line, 0 behind: crash after at 14 livekit CreateSIPDispatchRule #1 -> lose support-line -> create support-line",
		},
		"lost while it was torn down": {
			reason: "the same, when the deletion of the number had come as far",
			world:  sameNameAgain(), schedule: "support-line, 0 behind -> delete support-line -> support-line, 0 behind: crash after at 12 twilio DELETE /v1/Trunks/{id} #1 -> lose support-line -> create support-line",
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			var story strings.Builder
			if err := Replay(c.world, c.schedule, &story); err != nil {
				t.Fatal(err)
			}
			if strings.Contains(story.String(), "  ! ") {
				t.Errorf("%s:\n%s", c.reason, story.String())
			}
		})
	}
}

// TestShortCuts makes every visit from two systems by itself, and wants what leaving
// them found, where deaths are not gone through and reads are shared.
func TestShortCuts(t *testing.T) {
	w := createToDelete()
	begin, deleted := w.newSystem(), w.newSystem()
	Visit{Actor: w.actors[0]}.run(deleted)
	deleting(line).happen(deleted)
	for name, s := range map[string]*system{"begin": begin, "deleted": deleted} {
		for _, found := range w.leave(s) {
			if found.event != nil {
				continue
			}
			alone := s.clone()
			step := found.visit.describe(found.visit.run(alone).wire.effects)
			if diff := cmp.Diff(alone.text(), found.to.text()); diff != "" || step != found.step {
				t.Errorf("%s: %s leads elsewhere by itself, -want +got:\n%s", name, found.step, diff)
			}
		}
	}
}

// TestLag wants a visit whose cache lags to come as far as its first write, which is
// refused: all but the number is shown to it as it is.
func TestLag(t *testing.T) {
	w := createToDelete()
	s := w.newSystem()
	Visit{Actor: w.actors[0]}.run(s)
	deleting(line).happen(s)
	done := Visit{Actor: w.actors[0], Lag: Lag{Numbers: 1}}.run(s)
	var names []string
	for _, effect := range done.wire.effects {
		names = append(names, effect.Name)
	}
	want := []string{"api GET secrets/twilio", "api GET secrets/livekit"}
	if diff := cmp.Diff(want, names[:min(len(want), len(names))]); diff != "" {
		t.Errorf("it looks after the number that it sees, -want +got:\n%s", diff)
	}
}

// TestKey renames identifiers in the order in which they appear, and nothing else.
func TestKey(t *testing.T) {
	cases := map[string]struct{ reason, text, want string }{
		"plain":      {reason: "words are no identifiers", text: "number support-line Ready TK", want: "number support-line Ready TK"},
		"Twilio":     {reason: "a SID is two letters and 32 digits", text: `trunk "TK0123456789abcdef0123456789abcdef"`, want: `trunk "<0>"`},
		"too long":   {reason: "a longer word is no SID", text: "TK0123456789abcdef0123456789abcdef0", want: "TK0123456789abcdef0123456789abcdef0"},
		"LiveKit":    {reason: "trunks and rules have prefixes", text: "ST_000000000001 SDR_000000000002 ST_000000000001", want: "<0> <1> <0>"},
		"Kubernetes": {reason: "a UID in a marker is that of its owner", text: "00000000-0000-4000-8000-000000000007 cp-abc234-00000000-0000-4000-8000-000000000007-a89d1355-rule", want: "<0> cp-abc234-<0>-a89d1355-rule"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k := &keyWriter{names: map[string]string{}}
			k.line(c.text)
			if diff := cmp.Diff(c.want+"\n", k.String()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// TestOrder lets each branch of a teardown be overtaken at each of its effects, and
// wants the same in the end: without a crash the order makes no difference.
func TestOrder(t *testing.T) {
	w := createToDelete()
	s := w.newSystem()
	Visit{Actor: w.actors[0]}.run(s)
	deleting(line).happen(s)
	whole := w.repeat(s, move{visit: Visit{Actor: w.actors[0], Order: &Order{Effects: toItsEnd}}})
	if len(whole.branches) != 2 {
		t.Fatalf("a teardown has %d branches, want one at each provider", len(whole.branches))
	}
	for first, branch := range whole.branches {
		for effects := range len(branch) + 1 {
			order := Order{First: first, Effects: effects}
			turned := w.repeat(s, move{visit: Visit{Actor: w.actors[0], Order: &order}})
			if diff := cmp.Diff(whole.to.text(), turned.to.text()); diff != "" {
				t.Errorf("%s, -want +got:\n%s", order, diff)
			}
			if len(turned.effects) != len(whole.effects) {
				t.Errorf("%s: %d effects, want %d", order, len(turned.effects), len(whole.effects))
			}
		}
	}
}
