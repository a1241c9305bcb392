package explore

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/api/v1alpha1"
)

// newTwin is of a number with everything that it can have.
func newTwin(edits ...func(*v1alpha1.PhoneNumber)) *Twin {
	number := newNumber(line)
	number.Spec.Outbound = &v1alpha1.Outbound{AllowedAddresses: []string{"192.0.2.0/24"}}
	number.Spec.AgentRef = &v1alpha1.AgentReference{Name: concierge}
	for _, edit := range edits {
		edit(number)
	}
	twin := NewTwin(newAgent(concierge))
	twin.Create(number)
	return twin
}

// TestDie says how things are left by a death, and brings them to rest as if nobody
// had died.
func TestDie(t *testing.T) {
	cases := map[string]struct {
		reason  string
		deleted bool
		death   string
		// left is, of something at a provider, whether it is there in each way.
		left string
		want []bool
	}{
		"before":       {reason: "it was not made", death: "before twilio POST /v1/Trunks #1", left: "trunk", want: []bool{false}},
		"after":        {reason: "it was made", death: "after twilio POST /v1/Trunks #1", left: "trunk", want: []bool{true}},
		"unlinked":     {reason: "nothing is side by side yet", deleted: true, death: "after livekit DeleteSIPDispatchRule #1", left: "rule", want: []bool{false}},
		"side by side": {reason: "the other branch may have come to any of its 6 effects, or to none", deleted: true, death: "before twilio GET /v1/Trunks/{id} #1", left: "outbound trunk", want: []bool{true, true, false, false, false, false, false}},
		"joined":       {reason: "both branches have ended", deleted: true, death: "before api PUT phonenumbers/support-line #1", left: "trunk", want: []bool{false}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			twin := newTwin()
			if c.deleted {
				rest(t, twin)
				twin.Delete()
			}
			begun := twin.Picture()
			ways := die(t, twin, c.death)
			if diff := cmp.Diff(begun, twin.Picture()); diff != "" {
				t.Errorf("it has happened to the twin itself, -before +after:\n%s", diff)
			}
			rest(t, twin)
			var got []bool
			for _, way := range ways {
				got = append(got, slices.ContainsFunc(way.Picture(), func(text string) bool { return strings.HasPrefix(text, c.left+" ") }))
				rest(t, way)
				if diff := cmp.Diff(twin.Picture(), way.Picture()); diff != "" {
					t.Errorf("at rest, -nobody died +killed %s:\n%s", c.death, diff)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s: %s is there, -want +got:\n%s", c.reason, c.left, diff)
			}
		})
	}
}

// TestDieAgain counts effects from where it is, over as many visits as it takes.
func TestDieAgain(t *testing.T) {
	twin := die(t, newTwin(), "after twilio POST /v1/Trunks #1")[0]
	twin = die(t, twin, "after api PUT phonenumbers/support-line/status #1")[0]
	if _, err := twin.Die("before api PUT phonenumbers/support-line #1"); err == nil {
		t.Error("the finalizer is written anew")
	}
	if _, err := twin.Die("at the end"); err == nil {
		t.Error("a death is before or after something")
	}
	effects := rest(t, twin)
	if got := "api PUT phonenumbers/support-line/status #7"; !slices.Contains(effects, got) || strings.Contains(strings.Join(effects, " "), "POST /v1/Trunks #") {
		t.Errorf("%s is reached, and no second trunk is made: %q", got, effects)
	}
}

// TestCreateAgain takes over what a number of the same name has left: nothing of the
// new one is called as it was.
func TestCreateAgain(t *testing.T) {
	twin := newTwin(func(n *v1alpha1.PhoneNumber) { n.Spec.DeletionPolicy = v1alpha1.DeletionPolicyRetain })
	rest(t, twin)
	number := twin.system.named(line)
	twin.Delete()
	rest(t, twin)
	twin.Create(number)
	effects := rest(t, twin)
	if !slices.Contains(effects, "api POST secrets #1") || slices.Contains(effects, "twilio POST /v1/Trunks #1") {
		t.Errorf("a new login and the old trunk are wanted: %q", effects)
	}
}

func rest(t *testing.T, twin *Twin) []string {
	t.Helper()
	effects, err := twin.Rest()
	if err != nil {
		t.Fatal(err)
	}
	return effects
}

func die(t *testing.T, twin *Twin, death string) []*Twin {
	t.Helper()
	ways, err := twin.Die(death)
	if err != nil {
		t.Fatal(err)
	}
	return ways
}
