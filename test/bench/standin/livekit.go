package standin

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/livekit/protocol/auth"
	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/livekitsim"
)

// LiveKitControls are what a benchmark can tell the simulated LiveKit.
type LiveKitControls struct {
	simulator *livekitsim.Simulator
	door      *door
}

// The API key of the project.
const (
	APIKey    = "benchkey"
	APISecret = "benchsecretbenchsecretbenchsecret"
)

// Bearer is a token for the project that outlives any run.
func Bearer() (string, error) {
	token := auth.NewAccessToken(APIKey, APISecret)
	return token.SetSIPGrant(&auth.SIPGrant{Admin: true}).SetValidFor(24 * time.Hour).ToJWT()
}

// NewLiveKit returns a project without objects.
func NewLiveKit() (http.Handler, *LiveKitControls) {
	simulator := livekitsim.New(APIKey, APISecret)
	d := newDoor(simulator)
	return d, &LiveKitControls{simulator, d}
}

// Configure replaces the settings; lists that end after a page go on doing so.
func (l *LiveKitControls) Configure(settings Settings, _ *None) error {
	l.door.configure(settings)
	if settings.Pages {
		l.simulator.HonourPages()
	}
	return nil
}

// Spoil replaces the mix of faults.
func (l *LiveKitControls) Spoil(mix Mix, _ *None) error {
	l.door.spoil(mix)
	return nil
}

// Calls replies with the log.
func (l *LiveKitControls) Calls(_ None, calls *[]Call) error {
	*calls = l.door.log()
	return nil
}

// Count replies with the length of the log.
func (l *LiveKitControls) Count(_ None, count *int) error {
	*count = l.door.count()
	return nil
}

// Forget empties the log.
func (l *LiveKitControls) Forget(_ None, _ *None) error {
	l.door.forget()
	return nil
}

// Objects are JSON texts of trunks and rules.
type Objects struct{ InboundTrunks, DispatchRules []string }

// Inventory replies with all inbound trunks and rules.
func (l *LiveKitControls) Inventory(_ None, objects *Objects) error {
	objects.InboundTrunks = texts(l.simulator.InboundTrunks())
	objects.DispatchRules = texts(l.simulator.DispatchRules())
	return nil
}

func texts[T proto.Message](items []T) []string {
	texts := make([]string, len(items))
	for i, item := range items {
		texts[i] = protojson.Format(item)
	}
	return texts
}

// AddInboundTrunks adds trunks, and replies with their ids.
func (l *LiveKitControls) AddInboundTrunks(texts []string, ids *[]string) error {
	return add(texts, ids, func() *livekit.SIPInboundTrunkInfo { return &livekit.SIPInboundTrunkInfo{} }, l.simulator.AddInboundTrunk)
}

// AddDispatchRules adds rules, and replies with their ids.
func (l *LiveKitControls) AddDispatchRules(texts []string, ids *[]string) error {
	return add(texts, ids, func() *livekit.SIPDispatchRuleInfo { return &livekit.SIPDispatchRuleInfo{} }, l.simulator.AddDispatchRule)
}

func add[T proto.Message](texts []string, ids *[]string, empty func() T, put func(T) string) error {
	for _, text := range texts {
		item := empty()
		if err := protojson.Unmarshal([]byte(text), item); err != nil {
			return fmt.Errorf("reading %s: %w", text, err)
		}
		*ids = append(*ids, put(item))
	}
	return nil
}

// Drift changes a setting of a rule by hand.
func (l *LiveKitControls) Drift(id string, _ *None) error {
	l.simulator.EditDispatchRule(id, func(rule *livekit.SIPDispatchRuleInfo) {
		rule.Rule = &livekit.SIPDispatchRule{Rule: &livekit.SIPDispatchRule_DispatchRuleIndividual{
			DispatchRuleIndividual: &livekit.SIPDispatchRuleIndividual{RoomPrefix: Drifted},
		}}
	})
	return nil
}

// Drifted is the prefix of rooms in a rule that was changed by hand.
const Drifted = "drifted-"

// LiveKit is a simulated LiveKit project in a process of its own.
type LiveKit struct{ remote }

// StartLiveKit starts the program.
func StartLiveKit(ctx context.Context, program func(address, control string) process.Spec) (*LiveKit, error) {
	r, err := start(ctx, program)
	return &LiveKit{r}, err
}

// Inventory returns all inbound trunks and dispatch rules as JSON.
func (l *LiveKit) Inventory() (Objects, error) { return ask[Objects](l.remote, "Inventory", None{}) }

// AddInboundTrunks adds trunks that are given as JSON, and returns their ids.
func (l *LiveKit) AddInboundTrunks(texts []string) ([]string, error) {
	return ask[[]string](l.remote, "AddInboundTrunks", texts)
}

// AddDispatchRules adds rules that are given as JSON, and returns their ids.
func (l *LiveKit) AddDispatchRules(texts []string) ([]string, error) {
	return ask[[]string](l.remote, "AddDispatchRules", texts)
}

// Drift changes a setting of a rule by hand.
func (l *LiveKit) Drift(id string) error { return l.call("Drift", id, &None{}) }
