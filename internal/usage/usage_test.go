package usage

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
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
			if diff := cmp.Diff([]string{"+15550100"}, Indexes[IndexNumber](c.number)); diff != "" {
				t.Errorf("numbers, -want +got:\n%s", diff)
			}
		})
	}
}

func TestListing(t *testing.T) {
	scheme := runtime.NewScheme()
	if err := v1alpha1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	elsewhere := number("elsewhere", func(n *v1alpha1.PhoneNumber) { n.Namespace = "sales" })
	other := number("other", agentless, func(n *v1alpha1.PhoneNumber) { n.Spec.Number, n.Spec.CarrierRef.Name = "+15550199", "another" })
	builder := fake.NewClientBuilder().WithScheme(scheme).WithObjects(number("a"), elsewhere, other)
	for name, extract := range Indexes {
		builder = builder.WithIndex(&v1alpha1.PhoneNumber{}, name, extract)
	}
	reader := builder.Build()
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
