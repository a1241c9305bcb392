package twilio

import (
	"context"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// KindCredentialList is a list of SIP credentials, found by the marker in its
// friendly name, which Twilio keeps unique.
const KindCredentialList = "CredentialList"

// CredentialListSpec says nothing: what is in the list are resources of their
// own.
type CredentialListSpec struct{}

type credentialList = accounts.ApiV2010SipCredentialList

type credentialListDriver struct{ *session }

var (
	_ external.Shared = credentialListDriver{}
	_ external.Listed = credentialListDriver{}
)

func (d credentialListDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	list, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	return observedCredentialList(list, call), nil
}

func (d credentialListDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	if _, err := markedSpec[CredentialListSpec](call); err != nil {
		return external.Observation{}, err
	}
	params := new(accounts.CreateSipCredentialListParams).SetFriendlyName(call.Marker)
	list, err := ask(ctx, d.session, inAccount("the collection of credential lists"), func(c clients) (*credentialList, error) {
		return c.accounts.CreateSipCredentialList(params)
	})
	if codeOf(err) == codeCredentialListInvalid {
		list, err = takenOrRefused(err, func() (*credentialList, error) { return d.findMarked(ctx, call.Marker) })
	}
	if err != nil {
		return external.Observation{}, err
	}
	return observedCredentialList(list, call), nil
}

func (d credentialListDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	if _, err := markedSpec[CredentialListSpec](call, "CL", call.ID); err != nil {
		return external.Observation{}, err
	}
	params := new(accounts.UpdateSipCredentialListParams).SetFriendlyName(call.Marker)
	list, err := ask(ctx, d.session, inAccount(named("CL", call.ID)), func(c clients) (*credentialList, error) {
		return c.accounts.UpdateSipCredentialList(call.ID, params)
	})
	if err != nil {
		return external.Observation{}, err
	}
	return observedCredentialList(list, call), nil
}

func (d credentialListDriver) Delete(ctx context.Context, call external.Call) error {
	if err := checkSIDs("CL", call.ID); err != nil {
		return err
	}
	return tell(ctx, d.session, inAccount(named("CL", call.ID)), func(c clients) error {
		return c.accounts.DeleteSipCredentialList(call.ID, nil)
	})
}

// UsedBy names trunks of others that the list is on.
func (d credentialListDriver) UsedBy(ctx context.Context, call external.Call) (string, error) {
	return d.trunksWith(ctx, credentialListLinks, call)
}

// List observes all credential lists of the account.
func (d credentialListDriver) List(ctx context.Context, _ string) ([]external.Observation, error) {
	all, err := d.all(ctx)
	return describe(all, func(l credentialList) external.Observation { return observedCredentialList(&l, external.Call{}) }), err
}

func (d credentialListDriver) find(ctx context.Context, call external.Call) (*credentialList, error) {
	if call.ID == "" {
		return d.findMarked(ctx, call.Marker)
	}
	if err := checkSIDs("CL", call.ID); err != nil {
		return nil, err
	}
	return ask(ctx, d.session, inAccount(named("CL", call.ID)), func(c clients) (*credentialList, error) {
		return c.accounts.FetchSipCredentialList(call.ID, nil)
	})
}

func (d credentialListDriver) findMarked(ctx context.Context, marker string) (*credentialList, error) {
	all, err := d.all(ctx)
	if err != nil {
		return nil, err
	}
	found := lowest(all,
		func(l credentialList) bool { return bears(l.FriendlyName, marker) },
		func(l credentialList) *string { return l.Sid })
	if found == nil {
		return nil, d.absent(ctx, inAccount("a credential list named "+marker), nil)
	}
	return found, nil
}

func (d credentialListDriver) all(ctx context.Context) ([]credentialList, error) {
	return ask(ctx, d.session, inAccount("the collection of credential lists"), func(c clients) ([]credentialList, error) {
		return c.accounts.ListSipCredentialList(new(accounts.ListSipCredentialListParams).SetPageSize(pageSize))
	})
}

func observedCredentialList(list *credentialList, call external.Call) external.Observation {
	return external.Observation{
		ID:    *list.Sid,
		Name:  deref(list.FriendlyName),
		Drift: nameDrift(list.FriendlyName, call),
	}
}
