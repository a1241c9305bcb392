package twilio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"regexp"
	"strings"

	"github.com/callplane/callplane/internal/external"
)

// record is what every resource of Twilio has.
type record struct {
	SID        string `json:"sid"`
	AccountSID string `json:"account_sid"`
}

// foreign is the cause of a mismatch that an answer shows: a resource of another
// account.
type foreign struct{ record }

func (f *foreign) Error() string {
	return fmt.Sprintf("%s belongs to account %.40q", f.SID, f.AccountSID)
}

var (
	anySID = regexp.MustCompile(`^[A-Z]{2}[0-9a-fA-F]{32}$`)
	// humps finds where the name of a collection in a path has an underscore in
	// an answer: IpAddresses, ip_addresses.
	humps = regexp.MustCompile(`([a-z])([A-Z])`)
)

// examine checks that a success is Twilio's answer to this request and about the
// account of the session, and keeps what it proves. Nothing else looks at
// whether an answer has a SID, or whose it is.
func (s *session) examine(request *http.Request, body []byte) error {
	records, err := recordsIn(request.Method, request.URL.Path, body)
	if err != nil {
		return garbled(err)
	}
	for _, r := range records {
		if r.AccountSID != "" && r.AccountSID != s.account {
			return mismatch(s.account, &foreign{record: r})
		}
	}
	if request.Method != http.MethodGet {
		return nil
	}
	if strings.HasPrefix(request.URL.Path, accountPath(s.account)) {
		s.memory.prove(proofOfAccount)
	} else if len(records) > 0 && records[0].AccountSID == s.account {
		s.memory.prove(proofOfTrunking)
	}
	return nil
}

func accountPath(account string) string { return "/2010-04-01/Accounts/" + account + "/" }

// recordsIn returns the resources in an answer; an error if it is none that
// Twilio gives to such a request, since a list that merely lacks its records
// must not pass for an empty one.
func recordsIn(method, resource string, body []byte) ([]record, error) {
	last := strings.TrimSuffix(path.Base(resource), ".json")
	switch {
	case method == http.MethodDelete:
		return nil, emptyOrObject(body)
	case method == http.MethodGet && strings.Contains(resource, "/AvailablePhoneNumbers/"):
		return nil, emptyOrList(body, "available_phone_numbers")
	case method == http.MethodGet && !anySID.MatchString(last):
		return listIn(body, strings.ToLower(humps.ReplaceAllString(last, "${1}_${2}")))
	}
	var r record
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, errors.New("the answer is not an object in JSON")
	}
	if !anySID.MatchString(r.SID) || (anySID.MatchString(last) && r.SID != last) {
		return nil, errors.New("the answer lacks the SID")
	}
	return []record{r}, nil
}

func emptyOrObject(body []byte) error {
	var object map[string]any
	if len(body) == 0 || json.Unmarshal(body, &object) == nil {
		return nil
	}
	return errors.New("the answer to a delete is not Twilio's")
}

// emptyOrList is for what has no SID: it is not there yet.
func emptyOrList(body []byte, collection string) error {
	var page map[string]json.RawMessage
	var records []json.RawMessage
	if json.Unmarshal(body, &page) != nil || json.Unmarshal(page[collection], &records) != nil || records == nil {
		return fmt.Errorf("the answer holds no list of %s", collection)
	}
	return nil
}

func listIn(body []byte, collection string) ([]record, error) {
	var page map[string]json.RawMessage
	var records []record
	if json.Unmarshal(body, &page) != nil || json.Unmarshal(page[collection], &records) != nil || records == nil {
		return nil, fmt.Errorf("the answer holds no list of %s", collection)
	}
	for _, r := range records {
		if !anySID.MatchString(r.SID) {
			return nil, fmt.Errorf("a record of %s lacks its SID", collection)
		}
	}
	return records, nil
}

func mismatch(account string, cause error) error {
	return &external.Error{
		Class:   external.AccountMismatch,
		Message: "the credentials do not belong to account " + account,
		Blanket: true,
		Err:     cause,
	}
}
