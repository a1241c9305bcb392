package wire

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
)

// FindNumber returns the SID of a number that the account owns.
func (c *Client) FindNumber(ctx context.Context, number string) (string, error) {
	var list struct {
		Numbers []struct {
			SID string `json:"sid"`
		} `json:"incoming_phone_numbers"`
	}
	query := url.Values{"PhoneNumber": {number}}.Encode()
	err := c.twilio(ctx, http.MethodGet, c.numbers()+".json?"+query, nil, &list)
	if err == nil && len(list.Numbers) == 0 {
		err = fmt.Errorf("the account does not have %s", number)
	}
	if err != nil {
		return "", err
	}
	return list.Numbers[0].SID, nil
}

// TrunkOf returns the SID of the trunk that a number is on, or none.
func (c *Client) TrunkOf(ctx context.Context, number string) (string, error) {
	var answer struct {
		TrunkSID string `json:"trunk_sid"`
	}
	err := c.twilio(ctx, http.MethodGet, c.numbers()+"/"+number+".json", nil, &answer)
	return answer.TrunkSID, err
}

func (c *Client) numbers() string {
	return "/2010-04-01/Accounts/" + c.job.Account + "/IncomingPhoneNumbers"
}

// Attach puts a number on a trunk.
func (c *Client) Attach(ctx context.Context, trunk, number string) error {
	return c.twilio(ctx, http.MethodPost, "/v1/Trunks/"+trunk+"/PhoneNumbers", url.Values{"PhoneNumberSid": {number}}, nil)
}

// Detach takes a number off its trunk.
func (c *Client) Detach(ctx context.Context, trunk, number string) error {
	return c.twilio(ctx, http.MethodDelete, "/v1/Trunks/"+trunk+"/PhoneNumbers/"+number, nil, nil)
}

type object map[string]any

// CreateInboundTrunk has LiveKit take calls to a number, and returns the trunk's id.
func (c *Client) CreateInboundTrunk(ctx context.Context, name, number string) (string, error) {
	var answer struct {
		ID string `json:"sip_trunk_id"`
	}
	trunk := object{"name": name, "numbers": []string{number}}
	return answer.ID, c.liveKit(ctx, "CreateSIPInboundTrunk", object{"trunk": trunk}, &answer)
}

// CreateDispatchRule has the calls of a trunk answered in rooms of their own, and
// returns the rule's id.
func (c *Client) CreateDispatchRule(ctx context.Context, name, trunk string) (string, error) {
	var answer struct {
		ID string `json:"sip_dispatch_rule_id"`
	}
	rule := object{
		"name": name, "trunk_ids": []string{trunk},
		"rule": object{"dispatch_rule_individual": object{"room_prefix": "call-"}},
	}
	return answer.ID, c.liveKit(ctx, "CreateSIPDispatchRule", object{"dispatch_rule": rule}, &answer)
}

type items struct {
	Items []object `json:"items"`
}

// HasInboundTrunk reports whether a trunk is there.
func (c *Client) HasInboundTrunk(ctx context.Context, id string) (bool, error) {
	var list items
	err := c.liveKit(ctx, "ListSIPInboundTrunk", object{"trunk_ids": []string{id}}, &list)
	return len(list.Items) > 0, err
}

// HasDispatchRule reports whether a rule is there.
func (c *Client) HasDispatchRule(ctx context.Context, id string) (bool, error) {
	var list items
	err := c.liveKit(ctx, "ListSIPDispatchRule", object{"dispatch_rule_ids": []string{id}}, &list)
	return len(list.Items) > 0, err
}

// DeleteInboundTrunk deletes a trunk.
func (c *Client) DeleteInboundTrunk(ctx context.Context, id string) error {
	return c.liveKit(ctx, "DeleteSIPTrunk", object{"sip_trunk_id": id}, nil)
}

// DeleteDispatchRule deletes a rule.
func (c *Client) DeleteDispatchRule(ctx context.Context, id string) error {
	return c.liveKit(ctx, "DeleteSIPDispatchRule", object{"sip_dispatch_rule_id": id}, nil)
}
