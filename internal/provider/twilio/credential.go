package twilio

import (
	"context"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// KindCredential is a SIP user name and password in a credential list, found by
// the user name. It bears no marker: whatever is in a list of ours is ours.
const KindCredential = "Credential"

// CredentialSpec is a SIP user name and password.
type CredentialSpec struct {
	Username string
	Password external.Secret
}

// driftPassword is reported for a credential that was found rather than made:
// Twilio shows no passwords, so only setting it again makes sure of it.
const driftPassword = "password"

type credential = accounts.ApiV2010SipCredential

type credentialDriver struct{ *session }

var _ external.Listed = credentialDriver{}

func (d credentialDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	credential, err := d.find(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	seen, err := observedCredential(credential, call)
	if call.ID == "" && call.Spec != nil {
		seen.Drift = append(seen.Drift, driftPassword)
	}
	return seen, err
}

func (d credentialDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := specOf[CredentialSpec](call)
	if err != nil {
		return external.Observation{}, err
	}
	credential, err := d.create(ctx, call.ParentID, spec)
	if codeOf(err) == codeCredentialListInvalid {
		return d.adopt(ctx, call, err)
	}
	if err != nil {
		return external.Observation{}, err
	}
	return observedCredential(credential, call)
}

// Update sets the password. Twilio cannot change a user name, so a credential
// with another one is replaced, which gives it another id.
func (d credentialDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := specOf[CredentialSpec](call)
	if err == nil {
		err = checkSIDs("CL", call.ParentID, "CR", call.ID)
	}
	if err != nil {
		return external.Observation{}, err
	}
	current, err := d.fetch(ctx, call)
	if err != nil {
		return external.Observation{}, err
	}
	if deref(current.Username) != spec.Username {
		return d.replace(ctx, call)
	}
	params := new(accounts.UpdateSipCredentialParams).SetPassword(spec.Password.Reveal())
	credential, err := ask(ctx, d.session, inAccount(named("CR", call.ID)), func(c clients) (*credential, error) {
		return c.accounts.UpdateSipCredential(call.ParentID, call.ID, params)
	})
	if err != nil {
		return external.Observation{}, err
	}
	return observedCredential(credential, call)
}

func (d credentialDriver) Delete(ctx context.Context, call external.Call) error {
	if err := checkSIDs("CL", call.ParentID, "CR", call.ID); err != nil {
		return err
	}
	return tell(ctx, d.session, inAccount(named("CR", call.ID)), func(c clients) error {
		return c.accounts.DeleteSipCredential(call.ParentID, call.ID, nil)
	})
}

// List observes the credentials in a list: none, if it has gone meanwhile.
func (d credentialDriver) List(ctx context.Context, parentID string) ([]external.Observation, error) {
	if err := checkSIDs("CL", parentID); err != nil {
		return nil, err
	}
	credentials, err := d.all(ctx, parentID)
	if external.IsNotFound(err) {
		return nil, nil
	}
	return describe(credentials, func(c credential) external.Observation {
		return external.Observation{ID: *c.Sid, ParentID: parentID}
	}), err
}

func (d credentialDriver) find(ctx context.Context, call external.Call) (*credential, error) {
	if err := d.inParent(ctx, "CL", call); err != nil {
		return nil, err
	}
	if call.ID == "" {
		return d.findWithin(ctx, call)
	}
	if err := checkSIDs("CR", call.ID); err != nil {
		return nil, err
	}
	return d.fetch(ctx, call)
}

func (d credentialDriver) fetch(ctx context.Context, call external.Call) (*credential, error) {
	return ask(ctx, d.session, inAccount(named("CR", call.ID)), func(c clients) (*credential, error) {
		return c.accounts.FetchSipCredential(call.ParentID, call.ID, nil)
	})
}

// findWithin finds the credential by its user name. Without a spec, in a
// teardown, any in the list will do: the list was made for this one, unless it is lent.
func (d credentialDriver) findWithin(ctx context.Context, call external.Call) (*credential, error) {
	all, err := d.all(ctx, call.ParentID)
	if err != nil {
		return nil, err
	}
	spec, given := call.Spec.(CredentialSpec)
	if !given && call.Lent {
		spec, given = CredentialSpec{Username: call.Marker}, true
	}
	found := lowest(all,
		func(c credential) bool { return !given || deref(c.Username) == spec.Username },
		func(c credential) *string { return c.Sid })
	if found == nil {
		return nil, d.absent(ctx, inAccount("the credential of "+named("CL", call.ParentID)), nil)
	}
	return found, nil
}

func (d credentialDriver) all(ctx context.Context, list string) ([]credential, error) {
	return ask(ctx, d.session, inAccount(named("CL", list)), func(c clients) ([]credential, error) {
		return c.accounts.ListSipCredential(list, new(accounts.ListSipCredentialParams).SetPageSize(pageSize))
	})
}

func (d credentialDriver) create(ctx context.Context, list string, spec CredentialSpec) (*credential, error) {
	if err := checkSIDs("CL", list); err != nil {
		return nil, err
	}
	params := new(accounts.CreateSipCredentialParams).SetUsername(spec.Username).SetPassword(spec.Password.Reveal())
	return ask(ctx, d.session, inAccount(named("CL", list)), func(c clients) (*credential, error) {
		return c.accounts.CreateSipCredential(list, params)
	})
}

// adopt takes the credential that a refused create found there already.
func (d credentialDriver) adopt(ctx context.Context, call external.Call, refused error) (external.Observation, error) {
	call.ID = ""
	credential, err := takenOrRefused(refused, func() (*credential, error) { return d.findWithin(ctx, call) })
	if err != nil {
		return external.Observation{}, err
	}
	seen, err := observedCredential(credential, call)
	seen.Drift = append(seen.Drift, driftPassword)
	return seen, err
}

// replace makes the new credential before it removes the old one, so that there
// is always one to sign in with. If the second step is lost, the old one goes
// with its list.
func (d credentialDriver) replace(ctx context.Context, call external.Call) (external.Observation, error) {
	seen, err := d.Create(ctx, call)
	if err != nil {
		return seen, err
	}
	if err := d.Delete(ctx, call); err != nil && !external.IsNotFound(err) {
		return external.Observation{}, err
	}
	return seen, nil
}

func observedCredential(credential *credential, call external.Call) (external.Observation, error) {
	seen := external.Observation{ID: *credential.Sid, ParentID: call.ParentID}
	if call.Spec == nil {
		return seen, nil
	}
	spec, err := specOf[CredentialSpec](call)
	if deref(credential.Username) != spec.Username {
		seen.Drift = append(seen.Drift, "username")
	}
	return seen, err
}
