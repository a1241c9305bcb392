package main

import (
	"context"
	"strings"

	"github.com/callplane/callplane/test/bed/livekit"
	"github.com/callplane/callplane/test/world"
)

const nothing = "nothing"

// atTwilio says what Twilio holds for a number: what bears the marker of its
// object, and the number's place on a trunk.
func atTwilio(w *world.World, number, uid string) string {
	var held []string
	for _, trunk := range w.Twilio.Trunks(w.Account.SID) {
		if !strings.Contains(trunk.FriendlyName, uid) {
			continue
		}
		held = append(held, "trunk "+trunk.SID)
		for _, url := range w.Twilio.OriginationURLs(trunk.SID) {
			held = append(held, "origination URL "+url.SID)
		}
	}
	for _, owned := range w.Twilio.Numbers(w.Account.SID) {
		if owned.PhoneNumber == number && owned.TrunkSID != "" {
			held = append(held, "the number on trunk "+owned.TrunkSID)
		}
	}
	return listed(held)
}

// trunkOf is the SID of the trunk that a number is on.
func trunkOf(w *world.World, number string) string {
	for _, owned := range w.Twilio.Numbers(w.Account.SID) {
		if owned.PhoneNumber == number {
			return owned.TrunkSID
		}
	}
	return ""
}

// atLiveKit says what LiveKit holds that bears the marker of an object.
func atLiveKit(ctx context.Context, w *world.World, uid string) (string, error) {
	var held []string
	trunks, err := w.LiveKit.InboundTrunks(ctx)
	if err != nil {
		return "", err
	}
	for _, trunk := range trunks {
		if strings.Contains(trunk.Name, uid) {
			held = append(held, "inbound trunk "+trunk.SipTrunkId)
		}
	}
	rules, err := w.LiveKit.DispatchRules(ctx)
	for _, rule := range rules {
		if strings.Contains(rule.Name, uid) {
			held = append(held, "dispatch rule "+rule.SipDispatchRuleId)
		}
	}
	return listed(held), err
}

// answeredBy asks the real LiveKit, as its SIP gateway does, who would answer a
// call to a number.
func answeredBy(ctx context.Context, w *world.World, number string) (string, error) {
	route, err := w.Oracle.Route(ctx, "+14155550199", number, "54.172.60.1")
	if err != nil {
		return "", err
	}
	var agents []string
	for _, agent := range route.Agents {
		agents = append(agents, agent.Name)
	}
	if route.Result != livekit.Accept || len(agents) == 0 {
		return "nobody", nil
	}
	return strings.Join(agents, " and "), nil
}

func listed(held []string) string {
	if len(held) == 0 {
		return nothing
	}
	return strings.Join(held, ", ")
}
