package budget

import (
	"context"
	"time"
)

// A Charge is what one session's calls are charged to: an account, and credentials of
// it. Without one, which is nil, nothing is limited.
type Charge struct {
	Caller
	refusals *refusals
	// ticket is that of the visit whose session it is; nil for none.
	ticket *Ticket
}

// credentialOf tells credentials of all accounts apart.
type credentialOf struct{ account, credential string }

func (c *Charge) key() credentialOf { return credentialOf{c.Name, c.Credential} }

// An Answer is what the end of a call says about the account.
type Answer struct {
	// Answered says that the provider answered at all, and Silent that it did not though
	// the caller was there to hear it.
	Answered, Silent bool
	// Throttled says that the call was one too many, and was not carried out.
	Throttled bool
	// RetryAfter is how long the provider wants to be left alone; 0 if it did not say.
	RetryAfter time.Duration
	// AtOnce is how many calls of the account the provider had under way; 0 if it did
	// not say.
	AtOnce int
}

// Begin lets a call begin, as soon as there is a place for it; a session without a
// ticket also waits until the calls of a minute allow it. Its errors are those of refused
// credentials, as the provider gave them, or Throttled with OwnLimit and the time after
// which it is worth another try; the provider was not asked then.
func (c *Charge) Begin(ctx context.Context) error {
	if c == nil {
		return nil
	}
	if err := c.refusals.accepts(c.key(), c.Probe); err != nil {
		return err
	}
	if c.ticket == nil {
		if err := c.Account.await(ctx); err != nil {
			return err
		}
	}
	if err := c.Account.begin(ctx); err != nil {
		return err
	}
	// It may have been refused to others meanwhile.
	if err := c.refusals.accepts(c.key(), c.Probe); err != nil {
		c.Account.end(Answer{})
		return err
	}
	if c.ticket != nil {
		c.Account.spend()
		c.ticket.count(c.Account)
	}
	return nil
}

// End ends a call that Begin let begin.
func (c *Charge) End(answer Answer) {
	if c != nil {
		c.Account.end(answer)
	}
}

// Alone lets one of those go on at a time that must not be in an account at once; done
// lets the next one. Its error says that the caller does not wait any more.
func (c *Charge) Alone(ctx context.Context) (done func(), err error) {
	if c == nil {
		return func() {}, nil
	}
	if err := c.Account.alone.Acquire(ctx, 1); err != nil {
		return nil, notYet(0, err)
	}
	return func() { c.Account.alone.Release(1) }, nil
}

// Judge notes what the outcome of a call says about the credentials; nil is a success.
func (c *Charge) Judge(err error) {
	if c == nil {
		return
	}
	if c.refusals.judge(c.key(), c.Probe, err) && c.Alarm != nil {
		c.Alarm()
	}
}
