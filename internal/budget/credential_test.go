package budget

import (
	"errors"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"k8s.io/utils/clock"

	"github.com/callplane/callplane/internal/external"
)

// bank is an account with credentials, and who calls with them.
type bank struct {
	*Budgets
	alarms int
}

func newBank() *bank { return &bank{Budgets: New(clock.RealClock{})} }

func (b *bank) charge(t *testing.T, credential string, probe bool) *Charge {
	t.Helper()
	return b.Charge(t.Context(), Caller{
		Account: b.Account("one", Terms{}), Name: "one", Credential: credential, Probe: probe, Alarm: func() { b.alarms++ },
	})
}

func (b *bank) call(t *testing.T, credential string) *Charge {
	t.Helper()
	return b.charge(t, credential, false)
}

func (b *bank) probe(t *testing.T, credential string) *Charge {
	t.Helper()
	return b.charge(t, credential, true)
}

func refusal() error {
	return &external.Error{Class: external.AuthenticationFailed, Message: "refused", Blanket: true}
}

// TestRefused follows credentials from their first refusal until they are accepted again.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank()
		b.call(t, "key").Judge(refusal())
		if b.alarms != 1 {
			t.Errorf("%d alarms, want one for the first refusal", b.alarms)
		}
		wantWait(t, b.call(t, "key").Begin(t.Context()), recheck)
		b.call(t, "key").Judge(refusal())
		if b.alarms != 1 {
			t.Error("calls that were under way raise the alarm again")
		}
		if err := b.call(t, "another key").Begin(t.Context()); err != nil {
			t.Errorf("other credentials are not in doubt: %v", err)
		}
		if err := b.probe(t, "key").Begin(t.Context()); err != nil {
			t.Errorf("nobody could find out: %v", err)
		}
		b.probe(t, "key").Judge(refusal())
		time.Sleep(24 * time.Hour)
		err := b.call(t, "key").Begin(t.Context())
		if external.ClassOf(err) != external.AuthenticationFailed || external.MessageOf(err) != "refused" || external.IsOwnLimit(err) {
			t.Errorf("got %v, want the refusal without a call, however long ago it was", err)
		}
		b.call(t, "key").Judge(nil)
		b.probe(t, "key").Judge(errors.New("no network"))
		if b.call(t, "key").Begin(t.Context()) == nil {
			t.Error("what ended before, or never arrived, counts as acceptance")
		}
		b.probe(t, "key").Judge(nil)
		if err := b.call(t, "key").Begin(t.Context()); err != nil {
			t.Errorf("they are accepted again: %v", err)
		}
	})
}

// TestFalseAlarm shows that one refusal that nobody confirms does no lasting harm.
func TestFalseAlarm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBank()
		b.call(t, "key").Judge(refusal())
		time.Sleep(suspicion)
		if err := b.call(t, "key").Begin(t.Context()); err != nil {
			t.Errorf("a suspicion lasts: %v", err)
		}
		b.call(t, "key").Judge(refusal())
		if b.alarms != 2 {
			t.Error("a second refusal is no alarm")
		}
		b.probe(t, "key").Judge(nil)
		if err := b.call(t, "key").Begin(t.Context()); err != nil {
			t.Errorf("a probe has shown that they are accepted: %v", err)
		}
	})
}

// TestNoRefusal lists what says nothing of credentials.
func TestNoRefusal(t *testing.T) {
	for _, err := range []error{nil, errors.New("lost"), &external.Error{Class: external.PermissionDenied}, &external.Error{Class: external.Throttled, OwnLimit: true}} {
		b := newBank()
		b.call(t, "key").Judge(err)
		b.probe(t, "key").Judge(err)
		if b.alarms > 0 || b.call(t, "key").Begin(t.Context()) != nil {
			t.Errorf("%v counts as a refusal of the credentials", err)
		}
	}
}

// TestManyCredentials bounds what somebody who tries out many makes us remember.
func TestManyCredentials(t *testing.T) {
	b := newBank()
	for i := range 2 * maxCredentials {
		b.probe(t, strconv.Itoa(i)).Judge(refusal())
	}
	if got := b.refusals.known.Len(); got > maxCredentials {
		t.Errorf("%d credentials are remembered", got)
	}
	for i := range 2 * maxStrangers {
		b.Stranger(strconv.Itoa(i), Terms{})
	}
	if got := b.strangers.Len(); got > maxStrangers {
		t.Errorf("%d budgets of strangers are kept", got)
	}
	first, second := b.Stranger("again", Terms{}), b.Stranger("again", Terms{})
	if first != second {
		t.Error("a stranger has a new budget each time")
	}
}
