package twilio

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"

	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

// KindTrunk is a SIP trunk, found by the marker in its friendly name.
const KindTrunk = "Trunk"

// OutputDomainName is where calls to be carried are sent to.
const OutputDomainName = "domainName"

// TrunkSpec says how a trunk carries calls.
type TrunkSpec struct {
	// Secure demands TLS and SRTP in both directions.
	Secure bool
}

// domainAttempts bounds how often a name that is taken is drawn again.
const domainAttempts = 3

type trunkDriver struct{ *session }

var (
	_ external.Shared = trunkDriver{}
	_ external.Listed = trunkDriver{}
)

func (d trunkDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	trunk, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	return observedTrunk(trunk, call)
}

func (d trunkDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := markedSpec[TrunkSpec](call)
	if err != nil {
		return external.Observation{}, err
	}
	for attempt := 1; ; attempt++ {
		trunk, err := d.create(ctx, call.Marker, spec)
		if err == nil {
			return observedTrunk(trunk, call)
		}
		// Only this refusal is certain to have changed nothing.
		if codeOf(err) != codeDomainTaken || attempt == domainAttempts {
			return external.Observation{}, err
		}
	}
}

func (d trunkDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := markedSpec[TrunkSpec](call, "TK", call.ID)
	if err != nil {
		return external.Observation{}, err
	}
	params := new(trunking.UpdateTrunkParams).SetFriendlyName(call.Marker).SetSecure(spec.Secure)
	trunk, err := d.update(ctx, call.ID, params)
	if err == nil && deref(trunk.DomainName) == "" {
		trunk, err = d.giveDomain(ctx, call.ID)
	}
	if err != nil {
		return external.Observation{}, err
	}
	return observedTrunk(trunk, call)
}

func (d trunkDriver) Delete(ctx context.Context, call external.Call) error {
	if err := checkSIDs("TK", call.ID); err != nil {
		return err
	}
	return tell(ctx, d.session, inTrunking(named("TK", call.ID)), func(c clients) error {
		return c.trunking.DeleteTrunk(call.ID)
	})
}

// UsedBy names numbers on the trunk that are not the owner's.
func (d trunkDriver) UsedBy(ctx context.Context, call external.Call) (string, error) {
	if err := checkSIDs("TK", call.ID); err != nil {
		return "", err
	}
	// A few are enough to name; the owner itself has fewer numbers than this.
	params := new(trunking.ListPhoneNumberParams).SetPageSize(100).SetLimit(100)
	numbers, err := ask(ctx, d.session, inTrunking(named("TK", call.ID)), func(c clients) ([]trunking.TrunkingV1PhoneNumber, error) {
		return c.trunking.ListPhoneNumber(call.ID, params)
	})
	if external.IsNotFound(err) {
		return "", nil
	}
	var users []string
	for _, number := range numbers {
		if !slices.Contains(call.Own, *number.Sid) {
			users = append(users, fmt.Sprintf("%s (%s)", deref(number.PhoneNumber), *number.Sid))
		}
	}
	return sentence(users), err
}

// List observes all trunks of the account.
func (d trunkDriver) List(ctx context.Context, _ string) ([]external.Observation, error) {
	all, err := d.trunks(ctx)
	return describe(all, func(t trunking.TrunkingV1Trunk) external.Observation {
		return external.Observation{ID: *t.Sid, Name: deref(t.FriendlyName)}
	}), err
}

func (d trunkDriver) find(ctx context.Context, call external.Call) (*trunking.TrunkingV1Trunk, error) {
	if call.ID == "" {
		return d.findMarked(ctx, call.Marker)
	}
	if err := checkSIDs("TK", call.ID); err != nil {
		return nil, err
	}
	return ask(ctx, d.session, inTrunking(named("TK", call.ID)), func(c clients) (*trunking.TrunkingV1Trunk, error) {
		return c.trunking.FetchTrunk(call.ID)
	})
}

func (d trunkDriver) findMarked(ctx context.Context, marker string) (*trunking.TrunkingV1Trunk, error) {
	all, err := d.trunks(ctx)
	if err != nil {
		return nil, err
	}
	found := lowest(all,
		func(t trunking.TrunkingV1Trunk) bool { return bears(t.FriendlyName, marker) },
		func(t trunking.TrunkingV1Trunk) *string { return t.Sid })
	if found == nil {
		return nil, d.absent(ctx, inTrunking("a trunk named "+marker), nil)
	}
	return found, nil
}

// create takes back a trunk that turns out to be in another account: the key of
// a parent account makes trunks there, whatever account it was meant for.
func (d trunkDriver) create(ctx context.Context, marker string, spec TrunkSpec) (*trunking.TrunkingV1Trunk, error) {
	domain, err := drawDomain(d.provider.random)
	if err != nil {
		return nil, err
	}
	// Without a domain name Twilio makes a trunk that cannot take calls.
	params := new(trunking.CreateTrunkParams).SetFriendlyName(marker).SetDomainName(domain).SetSecure(spec.Secure)
	trunk, err := ask(ctx, d.session, inTrunking("the collection of trunks"), func(c clients) (*trunking.TrunkingV1Trunk, error) {
		return c.trunking.CreateTrunk(params)
	})
	if stray, ok := errors.AsType[*foreign](err); ok {
		err = errors.Join(err, d.Delete(ctx, external.Call{ID: stray.SID}))
	}
	return trunk, err
}

func (d trunkDriver) giveDomain(ctx context.Context, id string) (*trunking.TrunkingV1Trunk, error) {
	domain, err := drawDomain(d.provider.random)
	if err != nil {
		return nil, err
	}
	return d.update(ctx, id, new(trunking.UpdateTrunkParams).SetDomainName(domain))
}

func (d trunkDriver) update(ctx context.Context, id string, params *trunking.UpdateTrunkParams) (*trunking.TrunkingV1Trunk, error) {
	return ask(ctx, d.session, inTrunking(named("TK", id)), func(c clients) (*trunking.TrunkingV1Trunk, error) {
		return c.trunking.UpdateTrunk(id, params)
	})
}

// trunks lists all trunks of the account.
func (s *session) trunks(ctx context.Context) ([]trunking.TrunkingV1Trunk, error) {
	return recall(&s.memory, "trunks", func() ([]trunking.TrunkingV1Trunk, error) {
		return ask(ctx, s, inAccount("the collection of trunks"), func(c clients) ([]trunking.TrunkingV1Trunk, error) {
			return c.trunking.ListTrunk(new(trunking.ListTrunkParams).SetPageSize(trunkPageSize))
		})
	}, func([]trunking.TrunkingV1Trunk) []string { return nil })
}

// trunkPageSize keeps a page of trunks, which are large, well below maxBody.
const trunkPageSize = 400

// drawDomain returns a name that nobody has had: Twilio shares the names among
// all accounts, and keeps that of a deleted trunk from use for 30 days.
func drawDomain(random io.Reader) (string, error) {
	var suffix [8]byte
	if _, err := io.ReadFull(random, suffix[:]); err != nil {
		return "", &external.Error{Class: external.Unknown, Message: "no random name could be drawn for the trunk", Err: err}
	}
	return "cp-" + hex.EncodeToString(suffix[:]) + ".pstn.twilio.com", nil
}

func observedTrunk(trunk *trunking.TrunkingV1Trunk, call external.Call) (external.Observation, error) {
	seen := external.Observation{
		ID:      *trunk.Sid,
		Name:    deref(trunk.FriendlyName),
		Outputs: map[string]string{OutputDomainName: deref(trunk.DomainName)},
		Drift:   nameDrift(trunk.FriendlyName, call),
	}
	if call.Spec == nil {
		return seen, nil
	}
	spec, err := specOf[TrunkSpec](call)
	if deref(trunk.DomainName) == "" {
		seen.Drift = append(seen.Drift, OutputDomainName)
		seen.Lacks = append(seen.Lacks, "a domain name (termination URI)")
	}
	if deref(trunk.Secure) != spec.Secure {
		seen.Drift = append(seen.Drift, "secure")
		seen.Lacks = append(seen.Lacks, fmt.Sprintf("the setting secure trunking %t", spec.Secure))
	}
	return seen, err
}
