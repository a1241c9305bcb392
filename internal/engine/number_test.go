package engine_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/ledger"
	"github.com/callplane/callplane/internal/provider/fake"
)

const (
	carrier, platform = "carrier", "platform"
	// The accounts are called as their providers are.
	e164  = "+15550100"
	grace = 30 * time.Second
)

// kinds is a carrier and a platform in one: enough of both to be as intricate
// as a real number.
var kinds = map[string]fake.Kind{
	"Number":     {Existing: true, Counted: true},
	"Trunk":      {Shared: true, Partial: true, Outputs: []string{"domain"}},
	"URL":        {},
	"List":       {Shared: true},
	"Credential": {},
	"ListLink":   {Association: "list"},
	"Attachment": {Association: "number", Moves: true, Counted: true},
	"Inbound":    {},
	"Rule":       {},
	"Outbound":   {},
}

// wanted is what the number needs.
func wanted() []external.Resource {
	id := func(slot external.Slot) external.Ref { return external.Ref{Slot: slot, Output: external.OutputID} }
	return []external.Resource{
		{Slot: external.SlotNumber, Provider: carrier, Kind: "Number", Existing: true, Spec: e164},
		{Slot: external.SlotTrunk, Provider: carrier, Kind: "Trunk", Spec: "secure"},
		{Slot: external.SlotOriginationURL, Provider: carrier, Kind: "URL", Parent: external.SlotTrunk, Spec: "sip:"},
		{Slot: external.SlotCredentialList, Provider: carrier, Kind: "List", Spec: "list"},
		{Slot: external.SlotCredential, Provider: carrier, Kind: "Credential", Parent: external.SlotCredentialList, Spec: "user"},
		{
			Slot: external.SlotCredentialListLink, Provider: carrier, Kind: "ListLink", Parent: external.SlotTrunk,
			Inputs: map[string]external.Ref{"list": id(external.SlotCredentialList)}, Association: "list",
		},
		{
			Slot: external.SlotAttachment, Provider: carrier, Kind: "Attachment", Parent: external.SlotTrunk,
			Inputs: map[string]external.Ref{"number": id(external.SlotNumber)}, Association: "number",
			After:    []external.Slot{external.SlotOriginationURL, external.SlotDispatchRule},
			Previous: external.Ref{Slot: external.SlotNumber, Output: fake.OutputHolder},
		},
		{Slot: external.SlotInboundTrunk, Provider: platform, Kind: "Inbound", Spec: "inbound"},
		{
			Slot: external.SlotDispatchRule, Provider: platform, Kind: "Rule", Spec: "agent",
			Inputs: map[string]external.Ref{"trunk": id(external.SlotInboundTrunk)},
		},
		{
			Slot: external.SlotOutboundTrunk, Provider: platform, Kind: "Outbound", Spec: "outbound",
			Inputs: map[string]external.Ref{"address": {Slot: external.SlotTrunk, Output: "domain"}},
		},
	}
}

func marker(slot external.Slot) string { return "cp-" + string(slot) }

// instant is a random one, in the resolution of the API.
var instant = time.Unix(rand.Int64N(4e9), 0).UTC()

func TestMain(m *testing.M) {
	code := m.Run()
	if code != 0 {
		fmt.Println("the time was", instant)
	}
	os.Exit(code)
}

func newCloud() *fake.Provider {
	cloud := fake.New("fake", kinds)
	cloud.Add(fake.Resource{Account: carrier, Kind: "Number", ID: "PN", Name: e164})
	return cloud
}

func sessions(cloud *fake.Provider) map[string]external.Session {
	return map[string]external.Session{carrier: cloud.Session(carrier), platform: cloud.Session(platform)}
}

// refusal is what a provider answers with.
func refusal(class external.Class) *external.Error {
	return &external.Error{Class: class, Message: "refused: " + string(class), Err: errors.New("cause")}
}

// demolition takes the ledger down in the cloud.
func demolition(cloud *fake.Provider, entries []ledger.Entry, now time.Time) engine.Demolition {
	return engine.Demolition{
		Marker: marker,
		Ledger: entries, Link: external.SlotDispatchRule, Now: now, Grace: grace, Schedule: engine.Serial,
		Open: func(_ context.Context, _ string, _ v1alpha1.Connection, account string) (external.Session, error) {
			return cloud.Session(account), nil
		},
	}
}

// mutations lists the calls that changed something, as words.
func mutations(cloud *fake.Provider) []string {
	return words(cloud.Log(fake.Create, fake.Update, fake.Delete))
}

func words(calls []fake.Call) []string {
	var all []string
	for _, call := range calls {
		all = append(all, call.String())
	}
	return all
}

// left lists what exists besides the number itself, as words.
func left(cloud *fake.Provider) []string {
	var all []string
	for _, resource := range cloud.All("") {
		if resource.Kind != "Number" {
			all = append(all, resource.Kind+" "+resource.ID)
		}
	}
	return all
}

// remaining is the ledger after an attempt.
func remaining(outcomes []engine.Outcome) []ledger.Entry {
	var entries []ledger.Entry
	for _, outcome := range outcomes {
		if !outcome.Gone {
			entries = append(entries, outcome.Entry)
		}
	}
	return entries
}

func slots(entries []ledger.Entry) string {
	var all []string
	for _, entry := range entries {
		all = append(all, entry.Slot)
	}
	return strings.Join(all, " ")
}
