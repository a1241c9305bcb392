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

var (
	_ external.Listed  = attachmentDriver{}
	_ external.Counted = attachmentDriver{}
)

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
	return external.Observation{}, elsewhere(found, call.Previous)
}

// Create looks where the number is right before, because Twilio moves it from
// wherever it is without a word, and drops its voice application: it is taken from
// nothing but what is known to be its previous use.
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

// Delete takes the number off the trunk or, if it was taken over, back to where it was.
func (d attachmentDriver) Delete(ctx context.Context, call external.Call) error {
	id := linkedID(call, InputNumberSID, "PN")
	if err := checkSIDs("TK", call.ParentID, "PN", id); err != nil {
		return err
	}
	if call.Previous != "" {
		return d.giveBack(ctx, id, call)
	}
	return d.detach(ctx, id, call)
}

func (d attachmentDriver) detach(ctx context.Context, id string, call external.Call) error {
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

// All observes which numbers of the account are on a trunk, and on which.
func (d attachmentDriver) All(ctx context.Context) ([]external.Observation, error) {
	places, err := d.places(ctx)
	if err != nil {
		return nil, err
	}
	places = slices.DeleteFunc(slices.Clone(places), func(p place) bool { return p.trunk == "" })
	return describe(places, func(p place) external.Observation {
		return external.Observation{ID: p.number, ParentID: p.trunk}
	}), nil
}

func (d attachmentDriver) attach(ctx context.Context, current *number, call external.Call) error {
	if holder(current, call.Own) != call.Previous {
		if err := free(current, call.Own); err != nil {
			return err
		}
	}
	return d.put(ctx, *current.Sid, call.ParentID)
}

// put moves a number to a trunk, in one step from wherever it is.
func (d attachmentDriver) put(ctx context.Context, number, trunk string) error {
	params := new(trunking.CreatePhoneNumberParams).SetPhoneNumberSid(number)
	subject := inTrunking(fmt.Sprintf("%s or %s", named("TK", trunk), named("PN", number)))
	answer, err := ask(ctx, d.session, subject, func(c clients) (*trunking.TrunkingV1PhoneNumber, error) {
		return c.trunking.CreatePhoneNumber(trunk, params)
	})
	if err != nil || deref(answer.TrunkSid) == trunk {
		return err
	}
	return d.confirm(ctx, number, trunk)
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
// proof that it is not on this trunk. Where it was before, it is nobody else's.
func elsewhere(n *number, previous string) error {
	who := fmt.Sprintf("%s (%s)", deref(n.PhoneNumber), *n.Sid)
	switch trunk := deref(n.TrunkSid); trunk {
	case "":
		return &external.Error{Class: external.NotFound, Message: who + " is on no trunk"}
	case previous:
		return &external.Error{Class: external.NotFound, Message: who + " is on trunk " + trunk + ", as before"}
	default:
		return &external.Error{Class: external.MovedAway, Message: who + " is left alone: it is now on trunk " + trunk}
	}
}
