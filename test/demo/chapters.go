package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/callplane/callplane/test/world"
)

const wrongToken = "0123456789abcdef0123456789abcdef"

func (s *story) comeUp(ctx context.Context) error {
	addNumbers(s.world)
	if err := writeObjects(s.folder, s.world); err != nil {
		return err
	}
	s.say("An account, a project and agents first. Then the numbers: each connects a number",
		"of the Twilio account with an agent on LiveKit.")
	err := s.commands(ctx,
		"kubectl apply -f bin/demo/accounts.yaml",
		"cat bin/demo/numbers/support-line.yaml",
		"kubectl apply -f bin/demo/numbers",
		"kubectl wait phonenumbers --all --for=condition=Ready --timeout=60s",
		"kubectl get phonenumbers")
	if err != nil {
		return err
	}
	s.say("Whom would a call reach? The real LiveKit says:")
	return s.greet(ctx, lines...)
}

// greet remembers numbers that have come up, and sees that their agents answer.
func (s *story) greet(ctx context.Context, lines ...line) error {
	for _, line := range lines {
		if err := s.remember(ctx, line); err != nil {
			return err
		}
		if err := s.checkAnswer(ctx, line, line.Agent+"-agent"); err != nil {
			return err
		}
	}
	return nil
}

// remember notes the UID, which everything made for the number bears.
func (s *story) remember(ctx context.Context, line line) (err error) {
	s.uids[line.Name], err = s.quietly(ctx, "get", "phonenumber", line.Name, "-n", namespace, "-o", "jsonpath={.metadata.uid}")
	return err
}

func (s *story) checkAnswer(ctx context.Context, line line, want string) error {
	seen, err := answeredBy(ctx, s.world, line.Number)
	if err != nil {
		return err
	}
	s.check(fmt.Sprintf("A call to %s (%s) is answered by", line.Number, line.Name), want, seen)
	return nil
}

// checkGone sees that neither provider holds anything that was made for a number.
func (s *story) checkGone(ctx context.Context, line line) error {
	s.check("Twilio holds for "+line.Name, nothing, atTwilio(s.world, line.Number, s.uids[line.Name]))
	seen, err := atLiveKit(ctx, s.world, s.uids[line.Name])
	if err != nil {
		return err
	}
	s.check("LiveKit holds for "+line.Name, nothing, seen)
	return s.checkAnswer(ctx, line, "nobody")
}

func (s *story) deleteCleanly(ctx context.Context) error {
	if err := s.awaitPolicies(ctx); err != nil {
		return err
	}
	s.say("Deleting says as a warning what goes; a dry run says it, too, and does nothing. The",
		"command returns when everything is gone at both providers.")
	plan, err := s.shell.run(ctx, "kubectl delete phonenumber support-line --dry-run=server")
	if err != nil {
		return err
	}
	trunk := trunkOf(s.world, support.Number)
	if err := s.commands(ctx, "kubectl delete phonenumber support-line --timeout=60s"); err != nil {
		return err
	}
	fmt.Fprintln(s)
	s.check("The plan listed the trunk that Twilio held", trunk, found(plan, trunk))
	s.say("What is left at the providers?")
	return s.checkGone(ctx, support)
}

// awaitPolicies waits until the API server enforces the policies that were just
// installed; nothing else tells.
func (s *story) awaitPolicies(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for {
		_, plan, err := s.plane.Kubectl(ctx, "delete", "phonenumber", support.Name, "-n", namespace, "--dry-run=server")
		if err != nil || strings.Contains(plan, support.Number) {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
}

func (s *story) heal(ctx context.Context) error {
	s.say("The token in the Secret is wrong when sales-line is deleted. It stays, and says what",
		"is left and why.")
	if err := s.corrupt(ctx, sales); err != nil {
		return err
	}
	s.say("billing-line reports the wrong token, too. Its calls do not need it:")
	if err := s.checkAnswer(ctx, billing, billing.Agent+"-agent"); err != nil {
		return err
	}
	s.say("With the right token in the Secret the next attempt follows at once, and the object",
		"goes by itself.")
	if err := s.setToken(ctx, s.world.Account.AuthToken); err != nil {
		return err
	}
	if err := s.commands(ctx, "kubectl wait phonenumber/sales-line --for=delete --timeout=60s"); err != nil {
		return err
	}
	s.say("What is left at the providers?")
	return s.checkGone(ctx, sales)
}

// corrupt deletes a number with a wrong token, and checks that the message names
// the trunk that is left.
func (s *story) corrupt(ctx context.Context, line line) error {
	if err := s.setToken(ctx, wrongToken); err != nil {
		return err
	}
	err := s.commands(ctx,
		"kubectl delete phonenumber "+line.Name+" --wait=false",
		"kubectl wait phonenumber/"+line.Name+" --for=condition=Corrupted --timeout=60s",
		"kubectl get phonenumbers")
	if err != nil {
		return err
	}
	message, err := s.shell.run(ctx, "kubectl get phonenumber "+line.Name+` -o jsonpath='{.status.conditions[?(@.type=="Corrupted")].message}'`)
	if err != nil {
		return err
	}
	trunk := trunkOf(s.world, line.Number)
	fmt.Fprintln(s)
	s.check("The message lists the trunk that Twilio still holds", trunk, found(message, trunk))
	return nil
}

// found is what a text holds of what was looked for, for a check's output.
func found(text, part string) string {
	if part != "" && strings.Contains(text, part) {
		return part
	}
	return "not in the text"
}

func (s *story) giveUp(ctx context.Context) error {
	s.say("The token is wrong again, and this time nobody has the right one. Somebody who may",
		"do so lets go of billing-line. An OrphanRecord keeps what is left.")
	if err := s.corrupt(ctx, billing); err != nil {
		return err
	}
	s.trunk = trunkOf(s.world, billing.Number)
	err := s.commands(ctx,
		"kubectl annotate phonenumber billing-line callplane.io/force-delete=true",
		"kubectl wait phonenumber/billing-line --for=delete --timeout=60s",
		"kubectl get phonenumbers",
		"kubectl get orphanrecords -n callplane-system")
	if err != nil {
		return err
	}
	record, err := s.shell.run(ctx, `kubectl get orphanrecords -n callplane-system -o jsonpath='{range .items[*].status.resources[*]}{.provider}{"\t"}{.kind}{"\t"}{.id}{"\n"}{end}'`)
	if err != nil {
		return err
	}
	fmt.Fprintln(s)
	s.check("The record lists the trunk that Twilio still holds", s.trunk, found(record, s.trunk))
	return s.checkAnswer(ctx, billing, "nobody")
}

func (s *story) takeOver(ctx context.Context) error {
	s.say("The right token is found after all. A PhoneNumber of the same name takes over what",
		"was left of the last one: no second trunk is made.")
	if err := s.setToken(ctx, s.world.Account.AuthToken); err != nil {
		return err
	}
	err := s.commands(ctx,
		"kubectl apply -f bin/demo/numbers/billing-line.yaml",
		"kubectl wait phonenumber/billing-line --for=condition=Ready --timeout=90s",
		"kubectl get phonenumbers",
		"kubectl get orphanrecords -n callplane-system")
	if err != nil {
		return err
	}
	state, err := s.quietly(ctx, "get", "orphanrecords", "-n", world.ManagerNamespace, "-o", "jsonpath={.items[*].status.state}")
	if err != nil {
		return err
	}
	fmt.Fprintln(s)
	s.check("The OrphanRecord is", "Closed", state)
	s.check("The number is on the trunk that was left", s.trunk, trunkOf(s.world, billing.Number))
	return s.checkAnswer(ctx, billing, billing.Agent+"-agent")
}
