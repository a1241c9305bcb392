package twiliosim

import (
	"fmt"
	"net/http"
)

// The codes that the simulator itself answers with; a scripted fault may use any other.
const (
	codeBadParameter      = 20001
	codeUnauthorized      = 20003
	codeMethodNotAllowed  = 20004
	codeAccountNotActive  = 20005
	codePageSize          = 20007
	codeForbidden         = 20403
	codeNotFound          = 20404
	codeTooManyRequests   = 20429
	codeInternal          = 20500
	codeUnavailable       = 20503
	codeIPListInvalid     = 21235
	codeIPListMapped      = 21236
	codeAddressQuota      = 21237
	codeListQuota         = 21239
	codeListInvalid       = 21240
	codeListMapped        = 21241
	codeCredentialQuota   = 21242
	codeTrunkQuota        = 21244
	codeTrunkInvalid      = 21245
	codeTrunkSubdomains   = 21247
	codeDomainTaken       = 21248
	codeOriginationQuota  = 21249
	codeIPListQuota       = 21255
	codeTrialNumber       = 21404
	codeNumberInvalid     = 21421
	codeNumberUnavailable = 21422
	codeAreaCodeEmpty     = 21452
	codeEmergency         = 21634
)

type failure struct {
	status, code int
	message      string
}

// failures holds what is the same for every answer with a code.
var failures = map[int]struct {
	status  int
	message string
}{
	codeBadParameter:      {http.StatusBadRequest, "a parameter is missing or not valid"},
	codeUnauthorized:      {http.StatusUnauthorized, "the credentials do not open this account"},
	codeMethodNotAllowed:  {http.StatusMethodNotAllowed, "the resource has no such method"},
	codeAccountNotActive:  {http.StatusForbidden, "the account is not active"},
	codePageSize:          {http.StatusBadRequest, "the page size is over 1000"},
	codeForbidden:         {http.StatusForbidden, "the account is suspended or closed"},
	codeNotFound:          {http.StatusNotFound, "the requested resource was not found"},
	codeTooManyRequests:   {http.StatusTooManyRequests, "too many requests at the same time"},
	codeInternal:          {http.StatusInternalServerError, "an internal error occurred"},
	codeUnavailable:       {http.StatusServiceUnavailable, "the service is unavailable"},
	codeIPListInvalid:     {http.StatusBadRequest, "the IP access control list or address is not valid, or exists"},
	codeIPListMapped:      {http.StatusBadRequest, "the IP access control list is still mapped"},
	codeAddressQuota:      {http.StatusBadRequest, "the list holds no more IP addresses"},
	codeListQuota:         {http.StatusBadRequest, "the account holds no more credential lists"},
	codeListInvalid:       {http.StatusBadRequest, "the credential list or credential is not valid, or exists"},
	codeListMapped:        {http.StatusBadRequest, "the credential list is still mapped"},
	codeCredentialQuota:   {http.StatusBadRequest, "the list holds no more credentials"},
	codeTrunkQuota:        {http.StatusBadRequest, "the account holds no more trunks"},
	codeTrunkInvalid:      {http.StatusBadRequest, "the trunk or what it is given is not valid, or already there"},
	codeTrunkSubdomains:   {http.StatusBadRequest, "the trunk has subdomains"},
	codeDomainTaken:       {http.StatusBadRequest, "the domain name is taken"},
	codeOriginationQuota:  {http.StatusBadRequest, "the trunk holds no more origination URLs"},
	codeIPListQuota:       {http.StatusBadRequest, "the account holds no more IP access control lists"},
	codeTrialNumber:       {http.StatusBadRequest, "a trial account cannot have this number"},
	codeNumberInvalid:     {http.StatusBadRequest, "the phone number is not valid"},
	codeNumberUnavailable: {http.StatusBadRequest, "the phone number is not available"},
	codeAreaCodeEmpty:     {http.StatusBadRequest, "no phone number is left in the area code"},
	codeEmergency:         {http.StatusBadRequest, "the number is in use for emergency calling"},
}

// fail looks a code up in the table; a detail follows the message where there is something particular to say.
func fail(code int, detail ...any) *failure {
	f := &failure{status: failures[code].status, code: code, message: failures[code].message}
	if len(detail) > 0 {
		f.message += ": " + fmt.Sprint(detail...)
	}
	return f
}

func (f *failure) body() object {
	return object{
		"code": f.code, "message": f.message, "status": f.status,
		"more_info": fmt.Sprintf("https://www.twilio.com/docs/errors/%d", f.code),
	}
}
