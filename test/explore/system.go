package explore

import (
	"encoding/binary"
	"maps"
	"slices"
	"time"

	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/livekitsim"
	"github.com/callplane/callplane/test/twiliosim"
)

// A system is everything that outlives a visit: what is stored at the API server
// and at the providers, what the managers remember, and the time.
type system struct {
	now time.Time
	// patience is how long failures last before a number is Corrupted.
	patience time.Duration
	// mayFail is how many visits may still meet a fault; negative for any number.
	mayFail int
	random  sequence
	store   *apistore.Store
	twilio  *twiliosim.Simulator
	livekit *livekitsim.Simulator
	// token is the one that Twilio accepts.
	token string
	// foreignKey opens another account than that of the number.
	foreignKey twiliosim.APIKey
	// renamed is the name that somebody took from a trunk.
	renamed string
	// held is the trunk of others that the number was on; empty for none.
	held string
	// lent is the trunk of others that a number imports and leaves as it is.
	lent string
	// freed says that somebody has freed the number by hand.
	freed bool
	// bought is how many numbers were bought.
	bought int
	// happened are the groups of events of which there is one on each way.
	happened []string
	// lost are the UIDs of numbers that went without their finalizers.
	lost []string
	// born is when each thing at LiveKit was made.
	born map[string]time.Time
	// trail are the steps that led here.
	trail *trail
	// pictured is the portrait of the system once a step has led here; nil before.
	pictured *portrait
	// begun says at which lags every visit has begun here.
	begun map[Lag]bool
	// heard is what visits that began here have read.
	heard answers
}

// A trail is the last step to a system, and those before it.
type trail struct {
	step   string
	before *trail
}

func (t *trail) steps() []string {
	if t == nil {
		return nil
	}
	return append(t.before.steps(), t.step)
}

// A sequence is a source of identifiers and secrets of which no two are alike.
type sequence struct{ last uint64 }

// Uint64 spreads a count over all digits, so that no identifier begins another.
func (s *sequence) Uint64() uint64 {
	s.last++
	return s.last * 0x9e3779b97f4a7c15
}

// Read fills bytes from the sequence.
func (s *sequence) Read(bytes []byte) (int, error) {
	var word [8]byte
	for i := range bytes {
		if i%8 == 0 {
			binary.LittleEndian.PutUint64(word[:], s.Uint64())
		}
		bytes[i] = word[i%8]
	}
	return len(bytes), nil
}

func (s *system) clock() time.Time { return s.now }

// clone copies the system; nothing that happens to the copy happens to it.
func (s *system) clone() *system {
	clone := &system{now: s.now, patience: s.patience, mayFail: s.mayFail, random: s.random, token: s.token, foreignKey: s.foreignKey, renamed: s.renamed, held: s.held, freed: s.freed, lent: s.lent, bought: s.bought, happened: slices.Clip(s.happened), lost: slices.Clip(s.lost), born: maps.Clone(s.born)}
	clone.store = s.store.Clone(clone.clock)
	clone.twilio = s.twilio.Clone(clone.clock, &clone.random)
	clone.livekit = s.livekit.Clone()
	return clone
}

// failing counts a visit that meets a fault.
func (s *system) failing() *system {
	if s.mayFail > 0 {
		s.mayFail--
	}
	return s
}

// begins notes that every visit has begun here at a lag.
func (s *system) begins(lag Lag) {
	if s.begun == nil {
		s.begun = map[Lag]bool{}
	}
	s.begun[lag] = true
}
