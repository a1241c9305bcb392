package sweep

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/ledger"
)

// healthy is a line for whom all was well an hour ago.
func healthy(entries ...ledger.Entry) v1alpha1.PhoneNumber {
	number := line(entries...)
	number.ResourceVersion = "7"
	number.Status.Conditions = []metav1.Condition{{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, LastTransitionTime: metav1.NewTime(noon.Add(-time.Hour)),
	}}
	return number
}

var noon = time.Date(2026, 7, 1, 12, 0, 0, 0, time.UTC)

func TestDrifted(t *testing.T) {
	number, attachment := trunk("PN", ""), trunk("PN", "")
	number.Kind, attachment.Kind, attachment.ParentID = "Number", "Attachment", "TK"
	moved := attachment
	moved.ParentID = "TK2"
	elsewhere, child, pending := trunk("TK9", ""), trunk("OU", ""), trunk("", named(alive, "trunk"))
	elsewhere.Account, child.Kind = "AC2", "URL"
	change := func(number v1alpha1.PhoneNumber, changes ...func(*v1alpha1.PhoneNumber)) v1alpha1.PhoneNumber {
		for _, change := range changes {
			change(&number)
		}
		return number
	}
	cases := map[string]struct {
		reason string
		owner  v1alpha1.PhoneNumber
		listed []ledger.Entry
		want   bool
	}{
		"all there": {
			reason: "the lists show what the ledger says", owner: healthy(number, trunk("TK", named(alive, "trunk")), attachment),
			listed: []ledger.Entry{number, trunk("TK", named(alive, "trunk")), attachment},
		},
		"gone":              {reason: "it may have been deleted by hand", owner: healthy(number, trunk("TK", "")), listed: []ledger.Entry{number}, want: true},
		"moved":             {reason: "the number is on another trunk", owner: healthy(number, attachment), listed: []ledger.Entry{number, moved}, want: true},
		"renamed":           {reason: "it may serve something else", owner: healthy(trunk("TK", named(alive, "trunk"))), listed: []ledger.Entry{trunk("TK", "other")}, want: true},
		"not renamed":       {reason: "what has no name can have no other", owner: healthy(trunk("TK", "")), listed: []ledger.Entry{trunk("TK", "any")}},
		"in another list":   {reason: "another account has lists of its own", owner: healthy(elsewhere)},
		"in no list":        {reason: "what it is in is listed", owner: healthy(child)},
		"not made yet":      {reason: "nothing is known to be there", owner: healthy(pending)},
		"just set up":       {reason: "lists lag", owner: change(healthy(number), func(n *v1alpha1.PhoneNumber) { n.Status.Conditions[0].LastTransitionTime = metav1.NewTime(noon) })},
		"changed meanwhile": {reason: "what is listed may be older", owner: change(healthy(number), func(n *v1alpha1.PhoneNumber) { n.ResourceVersion = "8" })},
		"not ready":         {reason: "it is being looked after", owner: change(healthy(number), func(n *v1alpha1.PhoneNumber) { n.Status.Conditions[0].Status = metav1.ConditionFalse })},
		"never seen":        {reason: "it has no condition yet", owner: change(healthy(number), func(n *v1alpha1.PhoneNumber) { n.Status.Conditions = nil })},
		"being deleted":     {reason: "it is to go", owner: change(healthy(number), func(n *v1alpha1.PhoneNumber) { n.DeletionTimestamp = &metav1.Time{Time: noon} })},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			before := View{Owners: owners(healthy())}
			drifted := View{Owners: owners(c.owner)}.Drifted(Drift{
				Account: account, Listed: c.listed, Before: before.Versions(), Settled: noon.Add(-time.Minute),
				Lists: func(kind string) bool { return kind != "URL" },
			})
			if got := len(drifted) == 1; got != c.want {
				t.Errorf("got %v, want %v: %s", drifted, c.want, c.reason)
			}
		})
	}
}

// TestChanged looks at a rule sweep after sweep, while it, or the number that it is of,
// changes.
func TestChanged(t *testing.T) {
	const fine, edited = "fine", "edited"
	type look struct {
		rule, number string
		want         bool
	}
	cases := map[string]struct {
		reason string
		looks  []look
	}{
		"nothing":        {reason: "all is as it was", looks: []look{{fine, "7", false}, {fine, "7", false}}},
		"first":          {reason: "nobody knows what it looked like before", looks: []look{{edited, "7", false}}},
		"by hand":        {reason: "somebody else changed it", looks: []look{{fine, "7", false}, {edited, "7", true}}},
		"by its number":  {reason: "the number was changed, and it with that", looks: []look{{fine, "7", false}, {edited, "8", false}, {edited, "8", false}}},
		"mended":         {reason: "that it is as before is no change by hand", looks: []look{{fine, "7", false}, {edited, "7", true}, {fine, "7", false}, {fine, "7", false}}},
		"by hand, twice": {reason: "once it is mended it is watched again", looks: []look{{fine, "7", false}, {edited, "7", true}, {fine, "7", false}, {edited, "7", true}}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			rule := trunk("SDR", "")
			rule.Kind = "Rule"
			var earlier Revisions
			for i, look := range c.looks {
				number := healthy(rule)
				number.ResourceVersion = look.number
				view, seen := View{Owners: owners(number)}, Revisions{}
				seen.See(rule, look.rule)
				drifted := view.Drifted(Drift{
					Account: account, Listed: []ledger.Entry{rule}, Before: view.Versions(), Settled: noon,
					Lists: func(string) bool { return true }, Revisions: seen, Earlier: earlier,
				})
				if got := len(drifted) == 1; got != look.want {
					t.Errorf("sweep %d: to be looked at: %v, want %v: %s", i+1, got, look.want, c.reason)
				}
				earlier = seen
			}
		})
	}
}
