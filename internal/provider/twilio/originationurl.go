package twilio

import (
	"context"

	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

// KindOriginationURL is where a trunk sends the calls to its numbers. It is
// found within its trunk by the marker, or else by its SIP URL.
const KindOriginationURL = "OriginationURL"

// OriginationURLSpec says where calls go.
type OriginationURLSpec struct {
	SIPURL string
}

// A trunk of ours has one URL, so these weigh nothing; they are the ones that
// LiveKit recommends.
const (
	originationWeight   = 1
	originationPriority = 1
)

type originationURLDriver struct{ *session }

func (d originationURLDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	url, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	return observedOriginationURL(url, call)
}

func (d originationURLDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := markedSpec[OriginationURLSpec](call, "TK", call.ParentID)
	if err != nil {
		return external.Observation{}, err
	}
	params := new(trunking.CreateOriginationUrlParams).SetFriendlyName(call.Marker).SetSipUrl(spec.SIPURL).
		SetWeight(originationWeight).SetPriority(originationPriority).SetEnabled(true)
	url, err := ask(ctx, d.session, inTrunking(named("TK", call.ParentID)), func(c clients) (*trunking.TrunkingV1OriginationUrl, error) {
		return c.trunking.CreateOriginationUrl(call.ParentID, params)
	})
	if err != nil {
		return external.Observation{}, err
	}
	return observedOriginationURL(url, call)
}

func (d originationURLDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := markedSpec[OriginationURLSpec](call, "TK", call.ParentID, "OU", call.ID)
	if err != nil {
		return external.Observation{}, err
	}
	params := new(trunking.UpdateOriginationUrlParams).SetFriendlyName(call.Marker).SetSipUrl(spec.SIPURL).
		SetWeight(originationWeight).SetPriority(originationPriority).SetEnabled(true)
	url, err := ask(ctx, d.session, inTrunking(named("OU", call.ID)), func(c clients) (*trunking.TrunkingV1OriginationUrl, error) {
		return c.trunking.UpdateOriginationUrl(call.ParentID, call.ID, params)
	})
	if err != nil {
		return external.Observation{}, err
	}
	return observedOriginationURL(url, call)
}

func (d originationURLDriver) Delete(ctx context.Context, call external.Call) error {
	if err := checkSIDs("TK", call.ParentID, "OU", call.ID); err != nil {
		return err
	}
	return tell(ctx, d.session, inTrunking(named("OU", call.ID)), func(c clients) error {
		return c.trunking.DeleteOriginationUrl(call.ParentID, call.ID)
	})
}

func (d originationURLDriver) find(ctx context.Context, call external.Call) (*trunking.TrunkingV1OriginationUrl, error) {
	if err := d.inParent(ctx, "TK", call); err != nil {
		return nil, err
	}
	if call.ID == "" {
		return d.findWithin(ctx, call)
	}
	if err := checkSIDs("OU", call.ID); err != nil {
		return nil, err
	}
	return ask(ctx, d.session, inTrunking(named("OU", call.ID)), func(c clients) (*trunking.TrunkingV1OriginationUrl, error) {
		return c.trunking.FetchOriginationUrl(call.ParentID, call.ID)
	})
}

func (d originationURLDriver) findWithin(ctx context.Context, call external.Call) (*trunking.TrunkingV1OriginationUrl, error) {
	all, err := ask(ctx, d.session, inTrunking(named("TK", call.ParentID)), func(c clients) ([]trunking.TrunkingV1OriginationUrl, error) {
		return c.trunking.ListOriginationUrl(call.ParentID, new(trunking.ListOriginationUrlParams).SetPageSize(pageSize))
	})
	if err != nil {
		return nil, err
	}
	sid := func(u trunking.TrunkingV1OriginationUrl) *string { return u.Sid }
	found := lowest(all, func(u trunking.TrunkingV1OriginationUrl) bool { return bears(u.FriendlyName, call.Marker) }, sid)
	if spec, ok := call.Spec.(OriginationURLSpec); found == nil && ok && !call.Lent {
		found = lowest(all, func(u trunking.TrunkingV1OriginationUrl) bool { return deref(u.SipUrl) == spec.SIPURL }, sid)
	}
	if found == nil {
		return nil, d.absent(ctx, inTrunking("an origination URL of "+named("TK", call.ParentID)), nil)
	}
	return found, nil
}

func observedOriginationURL(url *trunking.TrunkingV1OriginationUrl, call external.Call) (external.Observation, error) {
	seen := external.Observation{ID: *url.Sid, ParentID: call.ParentID, Drift: nameDrift(url.FriendlyName, call)}
	if call.Spec == nil {
		return seen, nil
	}
	spec, err := specOf[OriginationURLSpec](call)
	if deref(url.SipUrl) != spec.SIPURL {
		seen.Drift = append(seen.Drift, "sipURL")
	}
	if url.Weight != originationWeight || url.Priority != originationPriority {
		seen.Drift = append(seen.Drift, "weight")
	}
	if !deref(url.Enabled) {
		seen.Drift = append(seen.Drift, "enabled")
	}
	return seen, err
}
