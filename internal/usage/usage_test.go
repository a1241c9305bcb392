package usage

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/fake"

	"github.com/callplane/callplane/api/v1alpha1"
)

// number is in the account "twilio" and the project "livekit", linked to "agent".
func number(name string, change ...func(*v1alpha1.PhoneNumber)) *v1alpha1.PhoneNumber {
	n := &v1alpha1.PhoneNumber{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: name}}
	n.Spec.Number = "+15550100"
	n.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindTwilioAccount, Name: "twilio"}
	n.Spec.PlatformRef = v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}
	n.Spec.AgentRef = &v1alpha1.AgentReference{Name: "agent"}
	for _, change := range change {
		change(n)
	}
	return n
}

func deleting(n *v1alpha1.PhoneNumber) {
	n.DeletionTimestamp = new(metav1.Now())
	n.Finalizers = []string{v1alpha1.FinalizerTeardown}
}

func agentless(n *v1alpha1.PhoneNumber) { n.Spec.AgentRef = nil }

// made puts an entry into the ledger.
func made(slot, kind, name string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Status.ExternalResources = append(n.Status.ExternalResources, v1alpha1.ExternalResource{
			Slot: slot, Connection: v1alpha1.Connection{Kind: kind, Name: name},
		})
	}
}

func linkedTo(agent string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) { n.Status.LinkedAgent = agent }
}

func pending(n *v1alpha1.PhoneNumber) {
	n.Status.ExternalResources[0].State = v1alpha1.StatePending
}

func TestIndexes(t *testing.T) {
	cases := map[string]struct {
		reason      string
		number      *v1alpha1.PhoneNumber
		connections []string
		agents      []string
	}{
		"new":                   {reason: "what the spec names is needed", number: number("a"), connections: []string{"LiveKitProject/livekit", "TwilioAccount/twilio"}, agents: []string{"agent"}},
		"set up":                {reason: "what is named twice is listed once", number: number("a", made("trunk", "TwilioAccount", "twilio"), made("rule", "LiveKitProject", "livekit")), connections: []string{"LiveKitProject/livekit", "TwilioAccount/twilio"}, agents: []string{"agent"}},
		"moved":                 {reason: "what things were made with is needed to remove them", number: number("a", made("trunk", "TwilioAccount", "before")), connections: []string{"LiveKitProject/livekit", "TwilioAccount/before", "TwilioAccount/twilio"}, agents: []string{"agent"}},
		"without an agent":      {reason: "nobody is linked", number: number("a", agentless), connections: []string{"LiveKitProject/livekit", "TwilioAccount/twilio"}},
		"deleting":              {reason: "only what is left is needed", number: number("a", deleting, made("rule", "LiveKitProject", "livekit"), linkedTo("agent")), connections: []string{"LiveKitProject/livekit"}, agents: []string{"agent"}},
		"moving":                {reason: "the rule still names the agent before", number: number("a", made("rule", "LiveKitProject", "livekit"), linkedTo("before")), connections: []string{"LiveKitProject/livekit", "TwilioAccount/twilio"}, agents: []string{"agent", "before"}},
		"deleting amid a move":  {reason: "only what the rule names is needed", number: number("a", deleting, made("rule", "LiveKitProject", "livekit"), linkedTo("before")), connections: []string{"LiveKitProject/livekit"}, agents: []string{"before"}},
		"agent taken off":       {reason: "the rule still names it", number: number("a", agentless, made("rule", "LiveKitProject", "livekit"), linkedTo("before")), connections: []string{"LiveKitProject/livekit", "TwilioAccount/twilio"}, agents: []string{"before"}},
		"about to be linked":    {reason: "the rule may be there already", number: number("a", deleting, made("rule", "LiveKitProject", "livekit"), pending), connections: []string{"LiveKitProject/livekit"}, agents: []string{"agent"}},
		"automatic dispatch":    {reason: "the rule names nobody", number: number("a", deleting, made("rule", "LiveKitProject", "livekit")), connections: []string{"LiveKitProject/livekit"}},
		"deleting and unlinked": {reason: "the agent is free once its rule is gone", number: number("a", deleting, made("trunk", "TwilioAccount", "twilio")), connections: []string{"TwilioAccount/twilio"}},
		"deleting, all gone":    {reason: "nothing is needed any more", number: number("a", deleting)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			connections := Indexes[IndexConnection](c.number)
			slices.Sort(connections)
			if diff := cmp.Diff(c.connections, connections); diff != "" {
				t.Errorf("%s; connections, -want +got:\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.agents, Indexes[IndexAgent](c.number)); diff != "" {
				t.Errorf("%s; agents, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

// indexed is a cache with the indexes of the manager.
func indexed(t *testing.T, objects ...client.Object) client.Reader {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(objects...)
	for name, extract := range Indexes {
		builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, name, extract)
	}
	for name, extract := range TrunkIndexes {
		builder = builder.WithIndex(&v1alpha1.SIPTrunk{}, name, extract)
	}
	return builder.Build()
}

// sameGroup is another number that is looked through for one.
func sameGroup(as string) string {
	for i := range 100_000 {
		if other := fmt.Sprintf("+1666%07d", i); group(other) == group(as) {
			return other
		}
	}
	panic("no two numbers share a group")
}

func TestListing(t *testing.T) {
	elsewhere := number("elsewhere", func(n *v1alpha1.PhoneNumber) { n.Namespace = "sales" })
	other := number("other", agentless, func(n *v1alpha1.PhoneNumber) { n.Spec.Number, n.Spec.CarrierRef.Name = "+15550199", "another" })
	guest := number("guest", agentless, onTrunk("main"), in("attach", "TK", "TK0"), func(n *v1alpha1.PhoneNumber) {
		n.Spec.Number, n.Spec.PlatformRef.Name, n.Status.ExternalResources[0].Connection.Name = "+15550177", "another", "another"
	})
	stranger := number("stranger", agentless, onTrunk("none"), func(n *v1alpha1.PhoneNumber) {
		n.Spec.Number, n.Spec.PlatformRef.Name = sameGroup("+15550100"), "another"
	})
	reader := indexed(t, number("a"), elsewhere, other, guest, stranger)
	cases := map[string]struct {
		reason string
		list   func() ([]v1alpha1.PhoneNumber, error)
		want   []string
	}{
		"number": {
			reason: "rivals may be in any namespace",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return OfNumber(t.Context(), reader, "+15550100") }, want: []string{"a", "elsewhere"},
		},
		"account": {
			reason: "users are in the namespace of what they use",
			list: func() ([]v1alpha1.PhoneNumber, error) {
				return OfConnection(t.Context(), reader, "support", v1alpha1.Connection{Kind: "TwilioAccount", Name: "twilio"})
			}, want: []string{"a"},
		},
		"project": {
			reason: "a project is a connection too",
			list: func() ([]v1alpha1.PhoneNumber, error) {
				return OfConnection(t.Context(), reader, "support", v1alpha1.Connection{Kind: "LiveKitProject", Name: "livekit"})
			}, want: []string{"a", "other"},
		},
		"agent": {
			reason: "users are in the namespace of what they use",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return OfAgent(t.Context(), reader, "support", "agent") }, want: []string{"a"},
		},
		"trunk": {
			reason: "users are in the namespace of what they use",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return OfTrunk(t.Context(), reader, "support", "main") }, want: []string{"guest"},
		},
		"no trunk": {
			reason: "an account of that name is none",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return OfTrunk(t.Context(), reader, "support", "twilio") },
		},
		"container": {
			reason: "a number is in what it is put on",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return Within(t.Context(), reader, "support", "TK") }, want: []string{"guest"},
		},
		"previous container": {
			reason: "it may be there still",
			list:   func() ([]v1alpha1.PhoneNumber, error) { return Within(t.Context(), reader, "support", "TK0") }, want: []string{"guest"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			numbers, err := c.list()
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, number := range numbers {
				got = append(got, number.Name)
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("%s, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}

func TestMention(t *testing.T) {
	for count, want := range map[int]string{0: "", 1: "line-0", 5: "line-0, line-1, line-2, line-3, line-4", 7: "line-0, line-1, line-2, line-3, line-4 and 2 more"} {
		numbers := make([]v1alpha1.PhoneNumber, count)
		for i := range numbers {
			numbers[i].Name = fmt.Sprintf("line-%d", i)
		}
		if got := Mention(Summary(Names(numbers))); got != want {
			t.Errorf("%d users are %q, want %q", count, got, want)
		}
	}
}

func TestSummary(t *testing.T) {
	for _, count := range []int{0, 1, 99, 100, 101, 10000} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			numbers := make([]v1alpha1.PhoneNumber, count)
			for i := range numbers {
				numbers[i].Name = fmt.Sprintf("line-%05d", count-i)
			}
			users := Summary(Names(numbers))
			if *users.Count != int32(count) || *users.Truncated != (count > 100) || len(users.Names) != min(count, 100) {
				t.Errorf("got a count of %d, %d names, truncated %v", *users.Count, len(users.Names), *users.Truncated)
			}
			if !slices.IsSorted(users.Names) || count > 0 && users.Names[0] != "line-00001" {
				t.Errorf("got %v, want the first names, sorted", users.Names)
			}
			if count > 1 && numbers[0].Name != fmt.Sprintf("line-%05d", count) {
				t.Error("the list that went in has changed")
			}
		})
	}
}

func onTrunk(name string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Spec.CarrierRef = v1alpha1.CarrierReference{Kind: v1alpha1.KindSIPTrunk, Name: name}
	}
}

// in puts an entry into the ledger that is in something, and was in something else.
func in(slot, id, previous string) func(*v1alpha1.PhoneNumber) {
	return func(n *v1alpha1.PhoneNumber) {
		n.Status.ExternalResources = append(n.Status.ExternalResources, v1alpha1.ExternalResource{
			Slot: slot, ParentID: id, Previous: previous, Connection: v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "recorded"},
		})
	}
}

// trunk is in the account "twilio" unless it has an address.
func trunk(name string, change ...func(*v1alpha1.SIPTrunk)) *v1alpha1.SIPTrunk {
	shared := &v1alpha1.SIPTrunk{ObjectMeta: metav1.ObjectMeta{Namespace: "support", Name: name}}
	shared.Spec.PlatformRef = v1alpha1.PlatformReference{Kind: v1alpha1.KindLiveKitProject, Name: "livekit"}
	shared.Spec.Twilio = &v1alpha1.TwilioTrunk{AccountRef: v1alpha1.AccountReference{Name: "twilio"}}
	for _, change := range change {
		change(shared)
	}
	return shared
}

func atAddress(shared *v1alpha1.SIPTrunk) {
	shared.Spec.Twilio, shared.Spec.Address = nil, &v1alpha1.CarrierAddress{Host: "sip.example.com"}
}

func TestTrunks(t *testing.T) {
	cases := map[string]struct {
		reason     string
		number     *v1alpha1.PhoneNumber
		trunk      string
		containers []string
		carrier    string
		references []string
	}{
		"trunk of its own": {
			reason: "the account is the carrier", number: number("a"), carrier: "TwilioAccount/twilio",
			references: []string{"TwilioAccount/twilio", "LiveKitProject/livekit"},
		},
		"on a shared one": {
			reason: "the trunk has the account", number: number("a", onTrunk("main")), trunk: "main", carrier: "SIPTrunk/main",
			references: []string{"LiveKitProject/livekit"},
		},
		"set up": {
			reason: "the account is what is recorded", number: number("a", onTrunk("main"), in("number", "", ""), in("attach", "TK", ""), in("outbound", "ST", "")),
			trunk: "main", containers: []string{"TK", "ST"}, carrier: "TwilioAccount/recorded", references: []string{"LiveKitProject/livekit"},
		},
		"moving": {
			reason: "it may be in either place", number: number("a", onTrunk("spare"), in("number", "", ""), in("attach", "TK2", "TK"), in("outbound", "ST2", "ST")),
			trunk: "spare", containers: []string{"TK2", "TK", "ST2", "ST"}, carrier: "TwilioAccount/recorded", references: []string{"LiveKitProject/livekit"},
		},
		"in its own": {
			reason: "what is contained elsewhere does not count", number: number("a", in("orig", "TK", "")), carrier: "TwilioAccount/twilio",
			references: []string{"TwilioAccount/twilio", "LiveKitProject/livekit"},
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Trunk(c.number); got != c.trunk {
				t.Errorf("the trunk is %q, want %q: %s", got, c.trunk, c.reason)
			}
			if diff := cmp.Diff(c.containers, Containers(c.number)); diff != "" {
				t.Errorf("%s; containers, -want +got:\n%s", c.reason, diff)
			}
			if got := connectionKey(Carrier(c.number)); got != c.carrier {
				t.Errorf("the carrier is %q, want %q: %s", got, c.carrier, c.reason)
			}
			var references []string
			for _, used := range References(c.number) {
				references = append(references, connectionKey(used))
			}
			if diff := cmp.Diff(c.references, references); diff != "" {
				t.Errorf("%s; references, -want +got:\n%s", c.reason, diff)
			}
		})
	}
}
