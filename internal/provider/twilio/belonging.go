package twilio

import (
	"context"
	"slices"

	accounts "github.com/twilio/twilio-go/rest/api/v2010"
	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/internal/external"
)

// belongs proves that the credentials belong to the account, unless the session
// has the proof already. Refusals of the given classes say that they do not.
func (s *session) belongs(ctx context.Context, wanted proof, foreign ...external.Class) error {
	if !s.memory.proven(proofOfAccount) {
		if err := s.probe(ctx, foreign); err != nil {
			return err
		}
	}
	// The key of a parent account reads below the path of its subaccounts, but the
	// trunking API shows it the trunks of the parent. An auth token cannot be
	// mistaken: it is sent with the account as user name.
	if wanted != proofOfTrunking || !s.login.byKey || s.memory.proven(proofOfTrunking) {
		return nil
	}
	// An account without trunks has nothing to prove it by, and passes.
	_, err := s.trunks(ctx)
	return err
}

// probe reads what every key of the account may read, and no other account's
// may.
func (s *session) probe(ctx context.Context, foreign []external.Class) error {
	params := new(accounts.ListIncomingPhoneNumberParams).SetPageSize(1)
	_, err := s.clients(ctx).accounts.PageIncomingPhoneNumber(params, "", "")
	if err == nil {
		return nil
	}
	classified := classify(err)
	if slices.Contains(foreign, classified.Class) && !isSuspension(err) {
		return mismatch(s.account, err)
	}
	return s.doubt(ctx, classified)
}

// doubt looks again at a refusal of the credentials: below the path of another
// account Twilio refuses a key in the same words as one that does not exist.
func (s *session) doubt(ctx context.Context, refusal *external.Error) error {
	if refusal.Class != external.AuthenticationFailed || !s.login.byKey {
		return refusal
	}
	_, err := s.clients(ctx).trunking.PageTrunk(new(trunking.ListTrunkParams).SetPageSize(1), "", "")
	if err == nil || classify(err).Class == external.AccountMismatch {
		return mismatch(s.account, refusal)
	}
	return refusal
}

// isSuspension reports whether Twilio said that the account is there but not
// active.
func isSuspension(err error) bool { return byCode[codeOf(err)] == suspended }
