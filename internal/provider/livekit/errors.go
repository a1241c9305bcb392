package livekit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/utils/xtwirp"
	"github.com/twitchtv/twirp"
	"google.golang.org/grpc/status"

	"github.com/callplane/callplane/internal/external"
)

// A refusal is what an answer means.
type refusal struct {
	class   external.Class
	message string
}

var (
	unavailable = refusal{external.ProviderUnavailable, "LiveKit is not able to answer"}
	invalid     = refusal{external.InvalidConfiguration, "LiveKit refused the request as invalid"}
	elsewhere   = refusal{external.InvalidConfiguration, "the URL does not lead to a LiveKit server's SIP API"}
	unreachable = refusal{external.NetworkError, "LiveKit could not be reached, or did not answer in time"}
	surprising  = refusal{external.Unknown, "LiveKit answered in a way that is not known"}
	numberTaken = refusal{external.ResourceInUse, "another inbound trunk at LiveKit takes the calls to the number"}
	trunkTaken  = refusal{external.ResourceInUse, "another dispatch rule at LiveKit dispatches the calls of the trunk"}
)

// refusals is the one place that says what a code means. A code that is not in
// it is surprising.
var refusals = map[twirp.ErrorCode]refusal{
	// A key without the right to manage SIP is unauthenticated too.
	twirp.Unauthenticated:   {external.AuthenticationFailed, "LiveKit refused the API key or its secret, or the key may not manage SIP"},
	twirp.PermissionDenied:  {external.PermissionDenied, "LiveKit does not let the API key manage SIP"},
	twirp.InvalidArgument:   invalid,
	twirp.OutOfRange:        invalid,
	twirp.AlreadyExists:     {external.ResourceInUse, "LiveKit has something already that excludes it"},
	twirp.NotFound:          {external.NotFound, "LiveKit does not have it"},
	twirp.ResourceExhausted: {external.Throttled, "LiveKit limits the rate of requests"},
	twirp.BadRoute:          elsewhere,
	twirp.Unimplemented:     elsewhere,
	twirp.Unavailable:       unavailable,
	twirp.Unknown:           unavailable,
	twirp.Internal:          unavailable,
	twirp.Aborted:           unavailable,
	twirp.Canceled:          unavailable,
	twirp.DeadlineExceeded:  unavailable,
	twirp.DataLoss:          unavailable,
}

// conflicts are told apart from other invalid arguments by how the server's
// text begins; the rest of it comes in any order.
var conflicts = []struct {
	prefix string
	refusal
}{
	{"Conflicting inbound SIP Trunks", numberTaken},
	{"Dispatch rule for the same trunk", trunkTaken},
}

// provesAbsence lists the methods whose not_found says that the object they
// were given does not exist.
var provesAbsence = map[string]bool{
	"UpdateSIPInboundTrunk":  true,
	"UpdateSIPOutboundTrunk": true,
	"UpdateSIPDispatchRule":  true,
	"DeleteSIPTrunk":         true,
	"DeleteSIPDispatchRule":  true,
}

// classify turns the error of a call into one that holds nothing confidential.
func classify(err error, answer *answer, confidential []string) error {
	if own, ok := errors.AsType[*external.Error](err); ok {
		return own
	}
	code, text := codeOf(err)
	meaning := meaningOf(code, text, answer)
	if answer.status == 0 || interruption(err) != nil {
		meaning = unreachable
	}
	return &external.Error{
		Class:      meaning.class,
		Message:    meaning.message,
		RetryAfter: answer.retryAfter,
		Blanket:    meaning.class == external.AuthenticationFailed || meaning.class == external.PermissionDenied,
		Err:        cause(err, code, redact(text, confidential)),
	}
}

func meaningOf(code twirp.ErrorCode, text string, answer *answer) refusal {
	if code == twirp.InvalidArgument {
		for _, conflict := range conflicts {
			if strings.HasPrefix(text, conflict.prefix) {
				return conflict.refusal
			}
		}
	}
	if code == twirp.NotFound && !(provesAbsence[answer.method] && answer.status == http.StatusNotFound) {
		return unavailable
	}
	if meaning, ok := refusals[code]; ok {
		return meaning
	}
	return surprising
}

// codeOf reads an error of the client. One with details comes as a gRPC status.
// Meta is never read: of a refused token it holds the token.
func codeOf(err error) (twirp.ErrorCode, string) {
	if refused, ok := errors.AsType[twirp.Error](err); ok {
		return refused.Code(), refused.Msg()
	}
	if refused, ok := status.FromError(err); ok {
		return xtwirp.ErrorCodeFromGRPC(refused.Code()), refused.Message()
	}
	return twirp.Unknown, err.Error()
}

// cause is made anew, since a logger may print every field of an error, and
// keeps of the chain only that the call was interrupted. Of what the server says it has
// the beginning, in quotation marks: the server may be anybody's.
func cause(err error, code twirp.ErrorCode, text string) error {
	text = fmt.Sprintf("%.200q", text)
	if interrupted := interruption(err); interrupted != nil {
		return fmt.Errorf("%s: %w", text, interrupted)
	}
	return fmt.Errorf("%s: %s", code, text)
}

func interruption(err error) error {
	for _, reason := range []error{context.Canceled, context.DeadlineExceeded} {
		if errors.Is(err, reason) {
			return reason
		}
	}
	return nil
}

var signedToken = regexp.MustCompile(`eyJ[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)*`)

func redact(text string, confidential []string) string {
	for _, value := range confidential {
		if value != "" {
			text = strings.ReplaceAll(text, value, "[secret]")
		}
	}
	return signedToken.ReplaceAllString(text, "[secret]")
}

// confidential lists the values in a request that an answer could repeat.
func confidential(request any) []string {
	switch request := request.(type) {
	case *livekit.CreateSIPOutboundTrunkRequest:
		return []string{request.GetTrunk().GetAuthPassword()}
	case *livekit.UpdateSIPOutboundTrunkRequest:
		return []string{request.GetReplace().GetAuthPassword()}
	}
	return nil
}
