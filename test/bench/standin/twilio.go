package standin

import (
	"context"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/callplane/callplane/test/bed/process"
	"github.com/callplane/callplane/test/twiliosim"
)

// TwilioControls are what a benchmark can tell the simulated Twilio.
type TwilioControls struct{ simulator *twiliosim.Simulator }

// NewTwilio returns a Twilio without accounts and without a quota of trunks.
func NewTwilio(logf func(string, ...any)) (http.Handler, *TwilioControls) {
	simulator := twiliosim.New(twiliosim.WithLogf(logf), twiliosim.WithSettings(func(s *twiliosim.Settings) {
		s.Quotas.TrunksPerAccount, s.Quotas.CredentialListsPerAccount = 0, 0
	}))
	return simulator, &TwilioControls{simulator}
}

// Configure replaces the settings.
func (t *TwilioControls) Configure(settings Settings, _ *None) error {
	t.simulator.Configure(func(s *twiliosim.Settings) {
		s.Latency, s.MaxConcurrent = settings.Latency, settings.Concurrent
	})
	return nil
}

// Spoil replaces the mix of faults, and ends those of single accounts.
func (t *TwilioControls) Spoil(mix Mix, _ *None) error {
	t.simulator.ClearFaults()
	if mix.Share() == 0 {
		return nil
	}
	t.simulator.MixFaults(mix.Seed,
		twiliosim.Share{Rate: mix.Throttled, Action: twiliosim.Fail(http.StatusTooManyRequests, 20429)},
		twiliosim.Share{Rate: mix.Failed, Action: twiliosim.Fail(http.StatusInternalServerError, 20500)},
		twiliosim.Share{Rate: mix.Lost, Action: twiliosim.HTML(http.StatusGatewayTimeout).AfterApply()})
	return nil
}

// A Trouble is what all requests of an account meet.
type Trouble string

// Troubles.
const (
	Refused   Trouble = "401"
	Throttled Trouble = "429"
	Silent    Trouble = "black hole"
)

// RetryAfter is how long a throttled account is told to wait.
const RetryAfter = 5 * time.Second

// Spoiled is an account and its trouble.
type Spoiled struct {
	Account string
	Trouble Trouble
}

// SpoilAccount has all requests of an account meet a trouble.
func (t *TwilioControls) SpoilAccount(spoiled Spoiled, _ *None) error {
	actions := map[Trouble]twiliosim.Action{
		Refused:   twiliosim.Fail(http.StatusUnauthorized, 20003),
		Throttled: twiliosim.Fail(http.StatusTooManyRequests, 20429).WithRetryAfter(strconv.Itoa(int(RetryAfter.Seconds()))),
		Silent:    twiliosim.Hang(),
	}
	t.simulator.Inject(twiliosim.Fault{
		Match: twiliosim.Match{Account: spoiled.Account}, Count: twiliosim.Forever, Action: actions[spoiled.Trouble],
	})
	return nil
}

// AddAccount makes an account.
func (t *TwilioControls) AddAccount(_ None, account *twiliosim.Account) error {
	*account = t.simulator.AddAccount(twiliosim.AccountOptions{})
	return nil
}

// Numbers are numbers of an account; with a trunk they are on it.
type Numbers struct {
	Account, Trunk string
	Numbers        []string
}

// AddNumbers puts numbers into an account, and replies with their SIDs.
func (t *TwilioControls) AddNumbers(added Numbers, sids *[]string) error {
	for _, number := range added.Numbers {
		*sids = append(*sids, t.simulator.AddNumber(added.Account, number, twiliosim.NumberOptions{TrunkSID: added.Trunk}))
	}
	return nil
}

// OnTrunks replies with how many numbers are on any trunk.
func (t *TwilioControls) OnTrunks(_ None, count *int) error {
	for _, number := range t.simulator.Numbers("") {
		if number.TrunkSID != "" {
			*count++
		}
	}
	return nil
}

var twilioID = regexp.MustCompile(`(PN|CL|AL|OU|TK)[0-9a-f]{32}`)

// Calls replies with the log; what a call is about is the last SID in its path.
func (t *TwilioControls) Calls(_ None, calls *[]Call) error {
	for _, call := range t.simulator.Calls() {
		subject := ""
		if ids := twilioID.FindAllString(call.Path, -1); len(ids) > 0 {
			subject = ids[len(ids)-1]
		}
		*calls = append(*calls, Call{
			Operation: "twilio " + call.Operation, Account: call.Account, Subject: subject,
			Arrived: call.Time, Answered: call.Answered, Status: call.Status,
		})
	}
	return nil
}

// Count replies with the length of the log.
func (t *TwilioControls) Count(_ None, count *int) error {
	*count = t.simulator.CallCount()
	return nil
}

// Forget empties the log.
func (t *TwilioControls) Forget(_ None, _ *None) error {
	t.simulator.ResetLog()
	return nil
}

// Twilio is a simulated Twilio in a process of its own.
type Twilio struct{ remote }

// StartTwilio starts the program.
func StartTwilio(ctx context.Context, program func(address, control string) process.Spec) (*Twilio, error) {
	r, err := start(ctx, program)
	return &Twilio{r}, err
}

// AddAccount makes an account.
func (t *Twilio) AddAccount() (twiliosim.Account, error) {
	return ask[twiliosim.Account](t.remote, "AddAccount", None{})
}

// AddNumbers puts numbers into an account, on a trunk if one is named, and returns
// their SIDs.
func (t *Twilio) AddNumbers(account, trunk string, numbers []string) ([]string, error) {
	return ask[[]string](t.remote, "AddNumbers", Numbers{Account: account, Trunk: trunk, Numbers: numbers})
}

// SpoilAccount has all requests of an account meet a trouble, until the next Spoil.
func (t *Twilio) SpoilAccount(account string, trouble Trouble) error {
	return t.call("SpoilAccount", Spoiled{account, trouble}, &None{})
}

// OnTrunks is how many numbers are on any trunk.
func (t *Twilio) OnTrunks() (int, error) { return ask[int](t.remote, "OnTrunks", None{}) }
