package twilio

import (
	"context"
	"errors"
	"fmt"
	"slices"

	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

// KindTrunkPhoneNumber puts a number on a trunk. Its id is that of the number.
const KindTrunkPhoneNumber = "TrunkPhoneNumber"

// InputNumberSID is the number to be put on the trunk.
const InputNumberSID = "phoneNumberSID"

type attachmentDriver struct{ *session }

var _ external.Listed = attachmentDriver{}

// Observe reads the number rather than the association, since it says where the
// number is if it is not here.
func (d attachmentDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	id := linkedID(call, InputNumberSID, "PN")
	if id == "" {
		return external.Observation{}, d.absent(ctx, inAccount("the number on a trunk"), nil)
	}
	if err := d.inParent(ctx, "TK", call); err != nil {
		return external.Observation{}, err
	}
	found, err := d.number(ctx, id)
	if err != nil {
		return external.Observation{}, err
	}
	switch trunk := deref(found.TrunkSid); {
	case trunk == call.ParentID:
		return external.Observation{ID: id, ParentID: trunk}, nil
	case slices.Contains(call.From, trunk):
		return external.Observation{ID: id, ParentID: trunk, Drift: []string{"trunk"}}, nil
	}
	return external.Observation{}, elsewhere(found)
}

// Create looks where the number is right before, because Twilio moves it from
// wherever it is without a word, and drops its voice application.
func (d attachmentDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	id := linkedID(call, InputNumberSID, "PN")
	if err := checkSIDs("TK", call.ParentID, "PN", id); err != nil {
		return external.Observation{}, err
	}
	current, err := d.read(ctx, id)
	if err != nil {
		return external.Observation{}, err
	}
	if deref(current.TrunkSid) != call.ParentID {
		err = d.attach(ctx, current, call)
	}
	if err != nil {
		return external.Observation{}, err
	}
	return external.Observation{ID: id, ParentID: call.ParentID}, nil
}

// Update moves the number from the trunk that it is to leave. Twilio does that at once:
// there is no moment in which it is on neither.
func (d attachmentDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	call.Own = slices.Concat(call.Own, call.From)
	return d.Create(ctx, call)
}

func (d attachmentDriver) Delete(ctx context.Context, call external.Call) error {
	id := linkedID(call, InputNumberSID, "PN")
	if err := checkSIDs("TK", call.ParentID, "PN", id); err != nil {
		return err
	}
	return tell(ctx, d.session, inTrunking(named("PN", id)+" on "+named("TK", call.ParentID)), func(c clients) error {
		return c.trunking.DeletePhoneNumber(call.ParentID, id)
	})
}

// List observes which numbers are on a trunk: none, if it has gone meanwhile.
func (d attachmentDriver) List(ctx context.Context, parentID string) ([]external.Observation, error) {
	if err := checkSIDs("TK", parentID); err != nil {
		return nil, err
	}
	numbers, err := ask(ctx, d.session, inTrunking(named("TK", parentID)), func(c clients) ([]trunking.TrunkingV1PhoneNumber, error) {
		return c.trunking.ListPhoneNumber(parentID, new(trunking.ListPhoneNumberParams).SetPageSize(pageSize))
	})
	if external.IsNotFound(err) {
		return nil, nil
	}
	return describe(numbers, func(n trunking.TrunkingV1PhoneNumber) external.Observation {
		return external.Observation{ID: *n.Sid, ParentID: parentID}
	}), err
}

func (d attachmentDriver) attach(ctx context.Context, current *number, call external.Call) error {
	if err := free(current, call.Own); err != nil {
		return err
	}
	params := new(trunking.CreatePhoneNumberParams).SetPhoneNumberSid(*current.Sid)
	subject := inTrunking(fmt.Sprintf("%s or %s", named("TK", call.ParentID), named("PN", *current.Sid)))
	answer, err := ask(ctx, d.session, subject, func(c clients) (*trunking.TrunkingV1PhoneNumber, error) {
		return c.trunking.CreatePhoneNumber(call.ParentID, params)
	})
	if err != nil || deref(answer.TrunkSid) == call.ParentID {
		return err
	}
	return d.confirm(ctx, *current.Sid, call.ParentID)
}

// confirm reads back what an answer left open: with Twilio a success does not
// always mean that the number moved.
func (d attachmentDriver) confirm(ctx context.Context, number, trunk string) error {
	current, err := d.read(ctx, number)
	if err == nil && deref(current.TrunkSid) != trunk {
		return garbled(errors.New("the number is not on the trunk after it was put there"))
	}
	return err
}

// elsewhere says where the number is. To have read it in the account is the
// proof that it is not on this trunk.
func elsewhere(n *number) error {
	if trunk := deref(n.TrunkSid); trunk != "" {
		return &external.Error{Class: external.MovedAway, Message: fmt.Sprintf("%s (%s) is left alone: it is now on trunk %s", deref(n.PhoneNumber), *n.Sid, trunk)}
	}
	return &external.Error{Class: external.NotFound, Message: fmt.Sprintf("%s (%s) is on no trunk", deref(n.PhoneNumber), *n.Sid)}
}
