package status

import (
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
)

func TestInLine(t *testing.T) {
	shown := func(verdicts ...Verdict) (current v1alpha1.LifecycleStatus) {
		for _, verdict := range verdicts {
			Apply(&current, 1, metav1.Now(), verdict)
		}
		return current
	}
	told, _ := InLine(shown(), false, time.Hour)
	toldDeleting, _ := InLine(shown(), true, time.Hour)
	corrupted := Verdict{Reason: v1alpha1.ClassAuthenticationFailed, Corrupted: true, Stalled: true, Deleting: v1alpha1.ReasonCleanupFailed}
	const minute = time.Minute
	cases := map[string]struct {
		reason   string
		current  v1alpha1.LifecycleStatus
		deleting bool
		wait     time.Duration
		news     bool
		says     string
	}{
		"new":                {reason: "it is over before anybody reads it", wait: time.Second},
		"new, long":          {reason: "how long is worth knowing", wait: 12 * minute, news: true, says: "waiting for a turn among the requests to the providers, which is expected to take about 10 minutes"},
		"seen, short":        {reason: "it is over before anybody reads it", current: shown(Provisioning("waiting for something")), wait: minute},
		"seen, long":         {reason: "how long is worth knowing", current: shown(Provisioning("waiting for something")), wait: 30 * minute, news: true, says: "about half an hour"},
		"told":               {reason: "an estimate that moves helps nobody", current: shown(told), wait: 5 * time.Hour},
		"is set up":          {reason: "it serves calls while it waits", current: shown(Active()), wait: time.Hour},
		"has failed":         {reason: "why is worth more than how long", current: shown(Failed(v1alpha1.ClassResourceInUse, "taken")), wait: time.Hour},
		"deleted":            {reason: "a deletion is always shown", current: shown(Active()), deleting: true, wait: time.Second, news: true, says: "waiting for a turn"},
		"deleted, long":      {reason: "how long is worth knowing", current: shown(Active()), deleting: true, wait: time.Hour, news: true, says: "about an hour"},
		"being taken down":   {reason: "it is over before anybody reads it", current: shown(Deleting(v1alpha1.ReasonTearingDown, "taken down")), deleting: true, wait: minute},
		"tried again":        {reason: "why is worth more than how long", current: shown(Deleting(v1alpha1.ReasonRetrying, "no answer")), deleting: true, wait: time.Hour},
		"among numbers":      {reason: "how long is worth knowing", current: shown(Deleting(v1alpha1.ReasonAwaitingBudget, "waiting for a turn among the numbers")), deleting: true, wait: 3 * time.Hour, news: true, says: "about 3 hours"},
		"deleted, told":      {reason: "an estimate that moves helps nobody", current: shown(toldDeleting), deleting: true, wait: 5 * time.Hour},
		"corrupted":          {reason: "why is worth more than how long", current: shown(corrupted), deleting: true, wait: time.Hour},
		"a quarter of hours": {reason: "it is rounded", wait: 20 * minute, news: true, says: "about 20 minutes"},
		"a few minutes":      {reason: "it is rounded", wait: 3 * minute, news: true, says: "about 5 minutes"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			verdict, news := InLine(c.current, c.deleting, c.wait)
			if news != c.news || !strings.Contains(verdict.Message, c.says) {
				t.Fatalf("got %+v, news: %v, want %q: %s", verdict, news, c.says, c.reason)
			}
			if !news {
				return
			}
			if c.deleting != (verdict.Deleting == v1alpha1.ReasonAwaitingBudget) || verdict.Problem != "" || verdict.Stalled || verdict.Corrupted {
				t.Errorf("got %+v, want a wait that is no trouble", verdict)
			}
			if c.wait < 2*minute && strings.Contains(verdict.Message, "about") {
				t.Errorf("a short wait is announced: %q", verdict.Message)
			}
		})
	}
}
