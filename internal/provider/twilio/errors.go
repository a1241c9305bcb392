package twilio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/twilio/twilio-go/client"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/provider/send"
)

// Codes that a driver acts upon.
const (
	codeAddressListInvalid    = 21235 // the name or address exists already, or is not valid
	codeAddressQuota          = 21237
	codeCredentialListInvalid = 21240 // the name exists already, or is not valid
	codeAssociationInvalid    = 21245 // the list is on the trunk already, or is not valid
	codeDomainTaken           = 21248
)

// A verdict is what a refusal means.
type verdict struct {
	class   external.Class
	message string
}

var (
	throttled   = verdict{external.Throttled, "Twilio has too many requests of the account under way"}
	unavailable = verdict{external.ProviderUnavailable, "Twilio is not available"}
	busy        = verdict{external.ProviderUnavailable, "Twilio is still busy with another change of the same resource"}
	refused     = verdict{external.AuthenticationFailed, "Twilio refused the credentials"}
	suspended   = verdict{external.PermissionDenied, "the Twilio account is suspended, closed or not active"}
	denied      = verdict{external.PermissionDenied, "Twilio does not permit this with these credentials"}
	absent      = verdict{external.NotFound, "Twilio found nothing there"}
	malformed   = verdict{external.InvalidConfiguration, "Twilio refused the request as not valid"}
	unsendable  = verdict{external.InvalidConfiguration, "the credentials hold a character other than letters and digits"}
)

// byCode is consulted unless the status already says that the refusal is about
// the moment and not about the request.
var byCode = map[int]verdict{
	20003: refused,
	20403: suspended, 20005: suspended, 10001: suspended,
	20004: denied, 20006: denied, 20008: denied, 20010: denied, 70051: denied,
	20404: absent,
	20162: busy, 20409: busy,

	21236: {external.ResourceInUse, "the IP access control list is still in use"},
	21241: {external.ResourceInUse, "the credential list is still in use"},
	21247: {external.ResourceInUse, "the trunk has subdomains; delete them in the Twilio console"},
	21634: {external.ResourceInUse, "the number is in use for emergency calling; remove its emergency address in the Twilio console"},

	21237: {external.QuotaExceeded, "the IP access control list holds as many addresses as Twilio allows"},
	21239: {external.QuotaExceeded, "the account holds as many credential lists as Twilio allows"},
	21242: {external.QuotaExceeded, "the credential list holds as many credentials as Twilio allows"},
	21244: {external.QuotaExceeded, "the account holds as many trunks as Twilio allows; have its numbers share a SIPTrunk, or delete trunks that nothing uses"},
	21249: {external.QuotaExceeded, "the trunk holds as many origination URLs as Twilio allows"},
	21255: {external.QuotaExceeded, "the account holds as many IP access control lists as Twilio allows"},

	21404: {external.QuotaExceeded, "a trial account holds no more numbers; upgrade the account"},
	21421: {external.InvalidConfiguration, "Twilio does not take it for a phone number"},
	21422: {external.InvalidConfiguration, "Twilio does not sell the number; name another one, or bring this one into the account"},
	21452: {external.InvalidConfiguration, "Twilio sells no number there; name another one"},
	21631: {external.InvalidConfiguration, "Twilio sells the number only to an account with an address for it; " + buyInConsole},
	21649: {external.InvalidConfiguration, "Twilio sells the number only with an approved regulatory bundle; " + buyInConsole},
	22300: {external.PermissionDenied, "Twilio does not sell the number to this account; " + buyInConsole},

	codeAddressListInvalid:    {external.InvalidConfiguration, "Twilio refused the IP access control list or address as not valid"},
	codeCredentialListInvalid: {external.InvalidConfiguration, "Twilio refused the credential list, user name or password as not valid"},
	codeAssociationInvalid:    {external.InvalidConfiguration, "Twilio refused the setting of the trunk as not valid"},
	// Names are drawn at random, so the next attempt has another one.
	codeDomainTaken: {external.Unknown, "the domain name for the trunk is taken"},

	// These two come from Twilio's client, which then sends nothing.
	21222: unsendable, 21224: unsendable,
}

var byStatus = map[int]verdict{
	http.StatusBadRequest:          malformed,
	http.StatusUnauthorized:        refused,
	http.StatusForbidden:           denied,
	http.StatusNotFound:            absent,
	http.StatusMethodNotAllowed:    denied,
	http.StatusRequestTimeout:      {external.NetworkError, "Twilio did not receive the request in time"},
	http.StatusConflict:            busy,
	http.StatusUnprocessableEntity: malformed,
}

func judge(status, code int) verdict {
	switch {
	case status == http.StatusTooManyRequests:
		return throttled
	case status >= 500, status >= 300 && status < 400:
		return unavailable
	}
	if known, ok := byCode[code]; ok {
		return known
	}
	if known, ok := byStatus[status]; ok {
		return known
	}
	return verdict{external.Unknown, "Twilio refused the request"}
}

// A refusal is an answer other than a success. Its text leaves out the body,
// which may repeat what was sent.
type refusal struct {
	status, code int
	retryAfter   time.Duration
}

func newRefusal(response *http.Response, body []byte) *refusal {
	var answer struct {
		Code int `json:"code"`
	}
	// A body that is not JSON leaves the status to judge by.
	_ = json.Unmarshal(body, &answer)
	return &refusal{status: response.StatusCode, code: answer.Code, retryAfter: send.RetryAfter(response)}
}

// Error names status and code.
func (r *refusal) Error() string {
	if r.code == 0 {
		return fmt.Sprintf("status %d", r.status)
	}
	return fmt.Sprintf("status %d, see https://www.twilio.com/docs/errors/%d", r.status, r.code)
}

// classify says what an error of Twilio's client means. A 404 is NotFound here;
// only session.explain, which asks for proof, may pass that on.
func classify(err error) *external.Error {
	if known, ok := errors.AsType[*external.Error](err); ok {
		return known
	}
	if r, ok := errors.AsType[*refusal](err); ok {
		return judge(r.status, r.code).error(r.code, r.retryAfter, err)
	}
	if local, ok := errors.AsType[*client.TwilioRestError](err); ok {
		return judge(local.Status, local.Code).error(local.Code, 0, err)
	}
	if lost, ok := errors.AsType[*url.Error](err); ok {
		return &external.Error{Class: external.NetworkError, Message: lossMessage(lost), Err: err}
	}
	return garbled(err)
}

func lossMessage(lost *url.Error) string {
	switch {
	case errors.Is(lost, context.Canceled):
		return "the request to Twilio was cancelled"
	case lost.Timeout(), errors.Is(lost, context.DeadlineExceeded):
		return "Twilio did not answer in time"
	}
	return "Twilio could not be reached"
}

func (v verdict) error(code int, wait time.Duration, cause error) *external.Error {
	message := v.message
	if code != 0 && v.class != external.NotFound {
		message = fmt.Sprintf("%s (Twilio error %d)", message, code)
	}
	return &external.Error{Class: v.class, Message: message, RetryAfter: wait, Blanket: v == refused || v == suspended, Err: cause}
}

// garbled is for a success that cannot be Twilio's, such as the page of a proxy.
func garbled(cause error) *external.Error {
	return &external.Error{
		Class:   external.ProviderUnavailable,
		Message: "Twilio gave an answer that makes no sense",
		Err:     cause,
	}
}

// codeOf returns the code that Twilio refused with; zero if it did not.
func codeOf(err error) int {
	if r, ok := errors.AsType[*refusal](err); ok {
		return r.code
	}
	return 0
}
