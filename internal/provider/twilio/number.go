package twilio

import (
	"context"
	"fmt"
	"regexp"
	"slices"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// KindNumber is a phone number of the account, found by the number itself. It can be
// bought, is used as it is, taken from what it serves where that is asked for, and can be
// released.
const KindNumber = "PhoneNumber"

// OutputHolder is what the number serves besides its owner, by its SID: a trunk or a voice
// application; empty if it serves nothing else.
const OutputHolder = "holder"

// NumberSpec names the number.
type NumberSpec struct {
	E164 string
	// TakeOver lets the number serve something else so far.
	TakeOver bool
}

type number = accounts.ApiV2010IncomingPhoneNumber

type numberDriver struct{ *session }

var (
	_ external.Held    = numberDriver{}
	_ external.Counted = numberDriver{}
)

// Observe refuses a number that serves something else only while it is wanted:
// in a teardown it is nobody's business what the number serves by then.
func (d numberDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	found, err := d.find(ctx, call)
	if err == nil && call.Spec != nil {
		err = d.usable(ctx, found, call)
	}
	if err != nil {
		return external.Observation{}, err
	}
	return observedNumber(found, call.Own), nil
}

// Update has nothing to do: nothing about the number is set.
func (d numberDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.Observe(ctx, call)
}

// Delete gives the number back, for good, unless it serves somebody.
func (d numberDriver) Delete(ctx context.Context, call external.Call) error {
	current, err := d.read(ctx, call.ID)
	if err != nil {
		return err
	}
	if err := free(current, call.Own); err != nil {
		return err
	}
	if hasEmergencyAddress(current) {
		return &external.Error{Class: external.ResourceInUse, Message: deref(current.PhoneNumber) +
			" has an emergency address; remove the address in the Twilio console and wait until it is unregistered"}
	}
	return tell(ctx, d.session, inAccount(named("PN", call.ID)), func(c clients) error {
		return c.accounts.DeleteIncomingPhoneNumber(call.ID, nil)
	})
}

// Holder observes the trunk that the number is on.
func (d numberDriver) Holder(ctx context.Context, call external.Call) (external.Observation, error) {
	found, err := d.find(ctx, call)
	if err != nil || deref(found.TrunkSid) == "" {
		return external.Observation{}, err
	}
	return trunkDriver(d).Observe(ctx, external.Call{ID: *found.TrunkSid})
}

// All observes the numbers of the account.
func (d numberDriver) All(ctx context.Context) ([]external.Observation, error) {
	places, err := d.places(ctx)
	return describe(places, func(p place) external.Observation { return external.Observation{ID: p.number} }), err
}

// A place is where a number is: on a trunk, or on none.
type place struct{ number, trunk string }

// places are those of all numbers of the account, a thousand in each request. Of what
// else Twilio says of each, which is much, nothing is kept.
func (s *session) places(ctx context.Context) ([]place, error) {
	read := func() ([]place, error) {
		return ask(ctx, s, inAccount("the collection of numbers"), func(c clients) ([]place, error) {
			numbers, failure := c.accounts.StreamIncomingPhoneNumber(new(accounts.ListIncomingPhoneNumberParams).SetPageSize(pageSize))
			var places []place
			for n := range numbers {
				places = append(places, place{number: deref(n.Sid), trunk: deref(n.TrunkSid)})
			}
			return places, <-failure
		})
	}
	return recall(&s.memory, "places", read, func([]place) []string { return nil })
}

func (d numberDriver) find(ctx context.Context, call external.Call) (*number, error) {
	if call.Spec == nil {
		return d.findRecorded(ctx, call)
	}
	spec, err := specOf[NumberSpec](call)
	if err != nil {
		return nil, err
	}
	if call.ID == "" {
		return d.numberByE164(ctx, spec.E164)
	}
	found, err := d.number(ctx, call.ID)
	if err == nil && deref(found.PhoneNumber) != spec.E164 {
		return nil, invalid(fmt.Sprintf("%s is %s, not %s", named("PN", call.ID), deref(found.PhoneNumber), spec.E164))
	}
	return found, err
}

// findRecorded finds what the ledger tells of: by its SID or, while it is about to be
// bought, by the number.
func (d numberDriver) findRecorded(ctx context.Context, call external.Call) (*number, error) {
	switch {
	case call.ID != "":
		return d.number(ctx, call.ID)
	case e164.MatchString(call.Marker):
		return d.numberByE164(ctx, call.Marker)
	}
	// Nothing is recorded because nothing was ever found.
	return nil, d.absent(ctx, inAccount("the number"), nil)
}

func observedNumber(n *number, own []string) external.Observation {
	return external.Observation{ID: *n.Sid, Outputs: map[string]string{OutputHolder: holder(n, own)}}
}

// number returns a number by its SID, as the session knows it.
func (s *session) number(ctx context.Context, sid string) (*number, error) {
	return recall(&s.memory, sid, func() (*number, error) { return s.read(ctx, sid) }, numberKeys)
}

// read returns a number by its SID, as it is now.
func (s *session) read(ctx context.Context, sid string) (*number, error) {
	if err := checkSIDs("PN", sid); err != nil {
		return nil, err
	}
	return ask(ctx, s, inAccount(named("PN", sid)), func(c clients) (*number, error) {
		return c.accounts.FetchIncomingPhoneNumber(sid, nil)
	})
}

// e164 keeps anything else out of Twilio's filter, which knows wildcards, and
// which the client cripples where it holds a dot.
var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

func (s *session) numberByE164(ctx context.Context, wanted string) (*number, error) {
	if !e164.MatchString(wanted) {
		return nil, invalid(fmt.Sprintf("%q is not a number in E.164", wanted))
	}
	return recall(&s.memory, wanted, func() (*number, error) { return s.search(ctx, wanted) }, numberKeys)
}

// search compares exactly, since Twilio's filter finds parts of numbers too.
func (s *session) search(ctx context.Context, wanted string) (*number, error) {
	params := new(accounts.ListIncomingPhoneNumberParams).SetPhoneNumber(wanted).SetPageSize(pageSize)
	some, err := ask(ctx, s, inAccount("the collection of numbers"), func(c clients) ([]number, error) {
		return c.accounts.ListIncomingPhoneNumber(params)
	})
	if err != nil {
		return nil, err
	}
	found := lowest(some,
		func(n number) bool { return deref(n.PhoneNumber) == wanted },
		func(n number) *string { return n.Sid })
	if found == nil {
		return nil, s.absent(ctx, inAccount("the number "+wanted), nil)
	}
	return found, nil
}

func numberKeys(n *number) []string { return []string{*n.Sid, deref(n.PhoneNumber)} }

// holder is what the number serves that is not the owner's; empty for nothing.
func holder(n *number, own []string) string {
	if application := deref(n.VoiceApplicationSid); application != "" {
		return application
	}
	if trunk := deref(n.TrunkSid); !slices.Contains(own, trunk) {
		return trunk
	}
	return ""
}

// free returns NumberInUse if the number serves something that is not the
// owner's.
func free(n *number, own []string) error {
	switch by := holder(n, own); {
	case by == "":
		return nil
	case validSID("AP", by):
		return inUse(n, "serves "+named("AP", by))
	default:
		return inUse(n, "is on "+named("TK", by))
	}
}

func inUse(n *number, use string) error {
	return &external.Error{
		Class:   external.NumberInUse,
		Message: fmt.Sprintf("%s (%s) %s", deref(n.PhoneNumber), *n.Sid, use),
	}
}

// hasEmergencyAddress reports whether emergency services may be told the address
// of the number: Twilio releases none of these.
func hasEmergencyAddress(n *number) bool {
	switch deref(n.EmergencyAddressStatus) {
	case "registered", "pending-registration", "pending-unregistration", "unregistration-failure":
		return true
	}
	return deref(n.EmergencyStatus) == "Active" && deref(n.EmergencyAddressSid) != ""
}
