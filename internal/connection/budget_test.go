package connection

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/clock"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/budget"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider"
)

// verifiedAccount stands for the account with the credentials of a Secret.
func verifiedAccount(name, secret string) *v1alpha1.TwilioAccount {
	object := twilioAccount()
	object.Name, object.Spec.CredentialsSecretRef.Name = name, secret
	object.Status.Conditions = []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonVerified}}
	return object
}

// budgeted is a world whose calls are charged to somebody.
func budgeted(t *testing.T, stranger *v1alpha1.TwilioAccount) world {
	t.Helper()
	owner, colleague := secret("owner-key"), secret("colleague-key")
	colleague.Data["key"] = []byte("another one")
	w := newWorld(t, interceptor.Funcs{}, verifiedAccount("owner", "owner-key"), verifiedAccount("colleague", "colleague-key"), stranger, owner, colleague)
	w.Budgets, w.Doubts = budget.New(clock.RealClock{}), &Doubts{}
	return w
}

// charged opens a session and returns whom it is charged to.
func (w world) charged(t *testing.T, name string, open func(Object) (external.Session, error)) *budget.Charge {
	t.Helper()
	object, err := w.Get(t.Context(), namespace, v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: name})
	if err == nil {
		_, err = open(object)
	}
	if err != nil {
		t.Fatal(err)
	}
	return w.carrier.access.Budget
}

func (w world) opened(t *testing.T, name string) *budget.Charge {
	t.Helper()
	return w.charged(t, name, func(object Object) (external.Session, error) { return w.Open(t.Context(), object) })
}

// TestWhoSharesABudget pauses an account and looks who is paused with it.
func TestWhoSharesABudget(t *testing.T) {
	unverified, elsewhere := verifiedAccount("stranger", "colleague-key"), verifiedAccount("stranger", "colleague-key")
	unverified.Status.Conditions = nil
	elsewhere.Spec.AccountSID = "AC9999999999999999999999999999999f"
	cases := map[string]struct {
		reason   string
		stranger *v1alpha1.TwilioAccount
		want     bool
	}{
		"verified":        {reason: "whoever has credentials of the account works in it", stranger: verifiedAccount("stranger", "colleague-key"), want: true},
		"not verified":    {reason: "anybody can name the account", stranger: unverified},
		"another account": {reason: "it has limits of its own", stranger: elsewhere},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := budgeted(t, c.stranger)
			w.opened(t, "stranger").End(budget.Answer{Answered: true, Throttled: true, RetryAfter: time.Minute})
			for _, owner := range []string{"owner", "colleague"} {
				if paused := w.opened(t, owner).Begin(t.Context()) != nil; paused != c.want {
					t.Errorf("the %s has to wait: %v, want %v: %s", owner, paused, c.want, c.reason)
				}
			}
		})
	}
}

// TestRefusedCredentials shows who is told, and who is still let through.
func TestRefusedCredentials(t *testing.T) {
	w := budgeted(t, verifiedAccount("stranger", "owner-key"))
	var told []string
	w.Doubts.Listen(func(object Object) { told = append(told, object.GetName()) })
	w.opened(t, "owner").Judge(&external.Error{Class: external.AuthenticationFailed, Message: "refused", Blanket: true})
	if len(told) != 1 || told[0] != "owner" {
		t.Errorf("told of %q, want of the one whose credentials were refused", told)
	}
	if err := w.opened(t, "stranger").Begin(t.Context()); err == nil {
		t.Error("the same credentials of another object are used all the same")
	}
	if err := w.opened(t, "colleague").Begin(t.Context()); err != nil {
		t.Errorf("other credentials of the account are not in doubt: %v", err)
	}
	probe := w.charged(t, "owner", func(object Object) (external.Session, error) { return w.Probe(t.Context(), object) })
	if err := probe.Begin(t.Context()); err != nil {
		t.Errorf("nobody could find out: %v", err)
	}
	probe.Judge(&external.Error{Class: external.AuthenticationFailed, Message: "refused", Blanket: true})
	// By the time of the next probe it is not verified any more.
	object, err := w.Get(t.Context(), namespace, v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "owner"})
	if err != nil {
		t.Fatal(err)
	}
	object.ConnectionStatus().Conditions[0].Reason = v1alpha1.ClassAuthenticationFailed
	if _, err := w.Probe(t.Context(), object); err != nil {
		t.Fatal(err)
	}
	w.carrier.access.Budget.Judge(nil)
	if err := w.opened(t, "owner").Begin(t.Context()); err != nil {
		t.Errorf("a probe has shown that they are accepted again: %v", err)
	}
}

// TestWithdraw shows that an object which stands for an account no longer does not limit it.
func TestWithdraw(t *testing.T) {
	w := budgeted(t, verifiedAccount("stranger", "owner-key"))
	owner := verifiedAccount("owner", "owner-key")
	owner.Spec.MaxConcurrentRequests = nil
	account := w.Budget(owner)
	room := func() int { return account.Capacity() }
	free := room()
	w.Declare(verifiedAccount("stranger", "owner-key"))
	if room() >= free {
		t.Error("the lower limit of two does not hold")
	}
	for name, leave := range map[string]func(){
		"gone": func() { w.Withdraw(namespace, v1alpha1.Connection{Kind: v1alpha1.KindTwilioAccount, Name: "stranger"}) },
		"refused": func() {
			refused := verifiedAccount("stranger", "owner-key")
			refused.Status.Conditions[0].Reason = v1alpha1.ClassAuthenticationFailed
			w.Declare(refused)
		},
	} {
		leave()
		if got := room(); got != free {
			t.Errorf("%s: %d visits may be in, want %d as before", name, got, free)
		}
		w.Declare(verifiedAccount("stranger", "owner-key"))
	}
	leaving := verifiedAccount("owner", "owner-key")
	leaving.Status.Conditions[0].Reason, leaving.Status.Conditions[0].Status = v1alpha1.ReasonSecretTerminating, metav1.ConditionFalse
	if w.Budget(leaving) != account {
		t.Error("whose Secret is about to go has another budget at the time of the last calls")
	}
}

// TestNoBudgets shows that nobody is limited where nothing is to be.
func TestNoBudgets(t *testing.T) {
	w := newWorld(t, interceptor.Funcs{}, verifiedAccount("owner", "key"), secret("key"))
	if w.opened(t, "owner") != nil || w.Budget(verifiedAccount("owner", "key")) != nil {
		t.Error("somebody is charged")
	}
	w.Withdraw(namespace, twilio)
	var nobody *Doubts
	nobody.Listen(func(Object) {})
	nobody.tell(twilioAccount())
}

// Terms are those of a provider that bounds the calls under way.
func (end) Terms(limit int) budget.Terms {
	if limit == 0 {
		limit = 8
	}
	return budget.Terms{AtOnce: limit}
}

var _ provider.Carrier = end{}

// TestProviderOf tells the provider from the name of a budget, and from nothing else.
func TestProviderOf(t *testing.T) {
	w := newWorld(t, interceptor.Funcs{})
	for account, want := range map[string]string{NameOf(twilioAccount()): w.carrier.Name(), "Unknown/AC0": "", "": ""} {
		if got := w.ProviderOf(account); got != want {
			t.Errorf("the provider of %q is %q, want %q", account, got, want)
		}
	}
}
