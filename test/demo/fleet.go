package main

import (
	"context"
	"fmt"

	"github.com/callplane/callplane/test/world"
)

func (s *story) buy(ctx context.Context) error {
	s.say("campaign-line is bought, since the account does not have its number yet. Then its",
		"calls go to another agent.")
	err := s.commands(ctx,
		"cat bin/demo/purchase.yaml",
		"kubectl apply -f bin/demo/purchase.yaml",
		"kubectl wait phonenumber/campaign-line --for=condition=Ready --timeout=60s")
	if err != nil {
		return err
	}
	s.check("The account has "+campaign.Number, "yes", owned(s.world, campaign.Number))
	if err := s.greet(ctx, campaign); err != nil {
		return err
	}
	err = s.commands(ctx,
		`kubectl patch phonenumber campaign-line --type=merge -p '{"spec":{"agentRef":{"name":"sales"}}}'`,
		"kubectl wait phonenumber/campaign-line --for=jsonpath='{.status.linkedAgent}'=sales --timeout=60s")
	if err != nil {
		return err
	}
	fmt.Fprintln(s)
	return s.checkAnswer(ctx, campaign, "sales-agent")
}

func (s *story) share(ctx context.Context) error {
	s.say("Two numbers share a trunk, which makes the calls of both.")
	err := s.commands(ctx,
		"cat bin/demo/fleet.yaml",
		"kubectl apply -f bin/demo/fleet.yaml",
		"kubectl wait siptrunk/fleet phonenumber/hotline-1 phonenumber/hotline-2 --for=condition=Ready --timeout=60s",
		"kubectl get siptrunks")
	if err != nil {
		return err
	}
	fmt.Fprintln(s)
	if err := s.greet(ctx, hotlines...); err != nil {
		return err
	}
	s.check("Both are on one trunk", trunkOf(s.world, hotlines[0].Number), trunkOf(s.world, hotlines[1].Number))
	s.say("While they are, deleting the trunk does nothing but wait:")
	return s.commands(ctx,
		"kubectl delete siptrunk fleet --wait=false",
		`kubectl wait siptrunk/fleet --for=jsonpath='{.status.conditions[?(@.type=="Deleting")].reason}'=Blocked --timeout=60s`,
		`kubectl get siptrunk fleet -o jsonpath='{.status.conditions[?(@.type=="Deleting")].message}'`)
}

func (s *story) deleteAll(ctx context.Context) error {
	s.say("One object deletes many numbers, and has a result for each. One of these nobody has.")
	err := s.commands(ctx,
		"cat bin/demo/farewell.yaml",
		"kubectl apply -f bin/demo/farewell.yaml",
		"kubectl wait phonenumberdeletion/farewell --for=condition=Complete --timeout=60s",
		"kubectl get phonenumberdeletions",
		"kubectl wait siptrunk/fleet --for=delete --timeout=60s")
	if err != nil {
		return err
	}
	failed, err := s.shell.run(ctx, `kubectl get phonenumberdeletion farewell -o jsonpath='{range .status.errors[*]}{.phoneNumber}{": "}{.error}{"\n"}{end}'`)
	if err != nil {
		return err
	}
	fmt.Fprintln(s)
	s.check("The number that nobody has is an error", nobodys, found(failed, nobodys))
	s.say("The shared trunk has gone after its last number. What is left at the providers?")
	for _, line := range append(hotlines, campaign) {
		if err := s.checkGone(ctx, line); err != nil {
			return err
		}
	}
	s.check("The account has "+campaign.Number+", which was bought", "no", owned(s.world, campaign.Number))
	return s.checkEmpty(ctx)
}

// checkEmpty sees that nothing has stayed of anything that Callplane made for shared
// trunks, whose marker is not that of a number.
func (s *story) checkEmpty(ctx context.Context) error {
	trunks, err := s.world.LiveKit.OutboundTrunks(ctx)
	if err != nil {
		return err
	}
	s.check("Credential lists at Twilio, and outbound trunks at LiveKit", "0 and 0",
		fmt.Sprintf("%d and %d", len(s.world.Twilio.CredentialLists(s.world.Account.SID)), len(trunks)))
	return nil
}

func owned(w *world.World, number string) string {
	for _, n := range w.Twilio.Numbers(w.Account.SID) {
		if n.PhoneNumber == number {
			return "yes"
		}
	}
	return "no"
}
