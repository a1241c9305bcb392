package twilio

import (
	"context"
	"fmt"
	"slices"
	"strings"

	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

// Kinds that put a list on a trunk. Their id is that of the list.
const (
	KindTrunkCredentialList = "TrunkCredentialList"
	KindTrunkIPAccessList   = "TrunkIPAccessControlList"
)

// InputListSID is the list to be put on the trunk.
const InputListSID = "listSID"

// links are how lists of one kind are put on trunks; Twilio has the same calls
// for either, with types of their own.
type links struct {
	prefix string
	// auth is what Twilio calls it when a trunk authenticates by such a list.
	auth   string
	create func(c clients, trunk, list string) error
	fetch  func(c clients, trunk, list string) error
	delete func(c clients, trunk, list string) error
	list   func(c clients, trunk string) (sids []string, err error)
}

var credentialListLinks = links{
	prefix: "CL",
	auth:   "CREDENTIAL_LIST",
	create: func(c clients, trunk, list string) error {
		_, err := c.trunking.CreateCredentialList(trunk, new(trunking.CreateCredentialListParams).SetCredentialListSid(list))
		return err
	},
	fetch: func(c clients, trunk, list string) error {
		_, err := c.trunking.FetchCredentialList(trunk, list)
		return err
	},
	delete: func(c clients, trunk, list string) error { return c.trunking.DeleteCredentialList(trunk, list) },
	list: func(c clients, trunk string) (sids []string, err error) {
		lists, err := c.trunking.ListCredentialList(trunk, new(trunking.ListCredentialListParams).SetPageSize(pageSize))
		for _, list := range lists {
			sids = append(sids, *list.Sid)
		}
		return sids, err
	},
}

var ipAccessListLinks = links{
	prefix: "AL",
	auth:   "IP_ACL",
	create: func(c clients, trunk, list string) error {
		_, err := c.trunking.CreateIpAccessControlList(trunk, new(trunking.CreateIpAccessControlListParams).SetIpAccessControlListSid(list))
		return err
	},
	fetch: func(c clients, trunk, list string) error {
		_, err := c.trunking.FetchIpAccessControlList(trunk, list)
		return err
	},
	delete: func(c clients, trunk, list string) error { return c.trunking.DeleteIpAccessControlList(trunk, list) },
	list: func(c clients, trunk string) (sids []string, err error) {
		lists, err := c.trunking.ListIpAccessControlList(trunk, new(trunking.ListIpAccessControlListParams).SetPageSize(pageSize))
		for _, list := range lists {
			sids = append(sids, *list.Sid)
		}
		return sids, err
	},
}

// trunkLinkDriver is the driver of both kinds.
type trunkLinkDriver struct {
	*session
	links links
}

var _ external.Listed = trunkLinkDriver{}

func (d trunkLinkDriver) Observe(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.do(ctx, call, d.links.fetch)
}

func (d trunkLinkDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	seen, err := d.do(ctx, call, d.links.create)
	if codeOf(err) != codeAssociationInvalid {
		return seen, err
	}
	return takenOrRefused(err, func() (external.Observation, error) { return d.Observe(ctx, call) })
}

// Update has nothing to do: a link has no fields.
func (d trunkLinkDriver) Update(ctx context.Context, call external.Call) (external.Observation, error) {
	return d.Observe(ctx, call)
}

func (d trunkLinkDriver) Delete(ctx context.Context, call external.Call) error {
	_, err := d.do(ctx, call, d.links.delete)
	return err
}

// List observes all links of a trunk.
func (d trunkLinkDriver) List(ctx context.Context, parentID string) ([]external.Observation, error) {
	if err := checkSIDs("TK", parentID); err != nil {
		return nil, err
	}
	lists, err := d.linked(ctx, d.links, parentID)
	return describe(lists, func(list string) external.Observation { return external.Observation{ID: list, ParentID: parentID} }), err
}

func (d trunkLinkDriver) do(ctx context.Context, call external.Call, send func(clients, string, string) error) (external.Observation, error) {
	list := linkedID(call, InputListSID, d.links.prefix)
	subject := inTrunking("the link between trunk and " + nouns[d.links.prefix])
	if list == "" {
		// A link is made once its list is in the ledger, so this one never was.
		return external.Observation{}, d.absent(ctx, subject, nil)
	}
	if err := d.inParent(ctx, "TK", call); err != nil {
		return external.Observation{}, err
	}
	if err := checkSIDs(d.links.prefix, list); err != nil {
		return external.Observation{}, err
	}
	subject.what = named(d.links.prefix, list) + " on " + named("TK", call.ParentID)
	err := tell(ctx, d.session, subject, func(c clients) error { return send(c, call.ParentID, list) })
	if err != nil {
		return external.Observation{}, err
	}
	return external.Observation{ID: list, ParentID: call.ParentID}, nil
}

// linkedID is the id of what is linked to a trunk: from the plan or, in a
// teardown, from the ledger.
func linkedID(call external.Call, input, prefix string) string {
	if planned := call.Inputs[input]; planned != "" {
		return planned
	}
	if call.ID != "" {
		return call.ID
	}
	return ownSID(call.Own, prefix)
}

// trunksWith names the trunks that a list is on, but for the owner's.
func (s *session) trunksWith(ctx context.Context, links links, call external.Call) (string, error) {
	if err := checkSIDs(links.prefix, call.ID); err != nil {
		return "", err
	}
	trunks, err := s.trunks(ctx)
	if err != nil {
		return "", err
	}
	var users []string
	for _, trunk := range trunks {
		if slices.Contains(call.Own, *trunk.Sid) || !mayHave(trunk, links) {
			continue
		}
		onTrunk, err := s.linked(ctx, links, *trunk.Sid)
		if err != nil {
			return "", err
		}
		if slices.Contains(onTrunk, call.ID) {
			users = append(users, fmt.Sprintf("%s (%s)", named("TK", *trunk.Sid), deref(trunk.FriendlyName)))
		}
	}
	return sentence(users), nil
}

// mayHave reports whether a trunk can have a list of the kind. One that does not
// say how it authenticates is asked.
func mayHave(trunk trunking.TrunkingV1Trunk, links links) bool {
	return trunk.AuthType == nil || strings.Contains(*trunk.AuthType, links.auth)
}

// linked lists what is on a trunk: nothing, if the trunk has gone meanwhile.
func (s *session) linked(ctx context.Context, links links, trunk string) ([]string, error) {
	sids, err := ask(ctx, s, inTrunking(named("TK", trunk)), func(c clients) ([]string, error) { return links.list(c, trunk) })
	if external.IsNotFound(err) {
		return nil, nil
	}
	return sids, err
}
