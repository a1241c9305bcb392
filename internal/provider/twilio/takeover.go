package twilio

import (
	"context"
	"fmt"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
)

// usable returns NumberInUse if the number serves something else, unless it is to be
// taken from that and may be: from no trunk of any Callplane, nor from one that cannot
// be read.
func (d numberDriver) usable(ctx context.Context, n *number, call external.Call) error {
	err := free(n, call.Own)
	spec, _ := call.Spec.(NumberSpec)
	if err == nil || !spec.TakeOver {
		return err
	}
	trunk := deref(n.TrunkSid)
	if trunk == "" {
		return nil
	}
	on, err := trunkDriver(d).Observe(ctx, external.Call{ID: trunk})
	switch {
	case external.IsNotFound(err):
		return inUse(n, fmt.Sprintf("is on %s, which account %s does not show", named("TK", trunk), d.account))
	case err == nil && marker.Is(on.Name):
		return inUse(n, fmt.Sprintf("is on %s, which a Callplane made and named %s: it is not taken from there", named("TK", trunk), on.Name))
	}
	return err
}

// giveBack puts a number that was taken over where it was before, in one step, or takes
// it off its trunk if that does not exist any more. One that has left our trunk by itself
// is left alone.
func (d attachmentDriver) giveBack(ctx context.Context, id string, call external.Call) error {
	current, err := d.read(ctx, id)
	if err != nil {
		return err
	}
	if deref(current.TrunkSid) != call.ParentID {
		return elsewhere(current, call.Previous)
	}
	err = d.exists(ctx, call.Previous)
	switch {
	case err == nil:
		return d.restore(ctx, id, call.Previous)
	case !external.IsNotFound(err):
		return err
	}
	gone := &external.Error{
		Class:   external.MovedAway,
		Message: fmt.Sprintf("%s (%s) is left on no trunk: what it was taken from is gone, since %s", deref(current.PhoneNumber), id, external.MessageOf(err)),
	}
	if err := d.detach(ctx, id, call); err != nil {
		return err
	}
	return gone
}

// exists looks for a trunk or a voice application, and once more if it is not there:
// a single answer is no reason to leave a number without either.
func (d attachmentDriver) exists(ctx context.Context, sid string) error {
	err := d.look(ctx, sid)
	if external.IsNotFound(err) {
		return d.look(ctx, sid)
	}
	return err
}

func (d attachmentDriver) look(ctx context.Context, sid string) error {
	if !validSID("AP", sid) {
		_, err := trunkDriver(d).Observe(ctx, external.Call{ID: sid})
		return err
	}
	_, err := ask(ctx, d.session, inAccount(named("AP", sid)), func(c clients) (*accounts.ApiV2010Application, error) {
		return c.accounts.FetchApplication(sid, nil)
	})
	return err
}

// restore lets a number serve a trunk or a voice application. Twilio takes it off the
// trunk that it is on.
func (d attachmentDriver) restore(ctx context.Context, id, previous string) error {
	if !validSID("AP", previous) {
		return d.put(ctx, id, previous)
	}
	params := new(accounts.UpdateIncomingPhoneNumberParams).SetVoiceApplicationSid(previous)
	_, err := ask(ctx, d.session, inAccount(named("PN", id)), func(c clients) (*number, error) {
		return c.accounts.UpdateIncomingPhoneNumber(id, params)
	})
	return err
}
