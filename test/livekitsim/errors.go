package livekitsim

import "github.com/twitchtv/twirp"

// What the server says, in its words.
var (
	errNoTrunk   = twirp.NewError(twirp.NotFound, "requested sip trunk does not exist")
	errNoRule    = twirp.NewError(twirp.NotFound, "requested sip dispatch rule does not exist")
	errNoTrunkID = twirp.NewError(twirp.InvalidArgument, "trunk ID is required")
	errNoRuleID  = twirp.NewError(twirp.InvalidArgument, "dispatch rule ID is required")
)

func invalid(err error) error {
	return twirp.WrapError(twirp.NewError(twirp.InvalidArgument, err.Error()), err)
}
