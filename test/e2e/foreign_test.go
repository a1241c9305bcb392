package e2e

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/callplane/callplane/test/world"
)

// attachList puts a credential list on a trunk, as somebody else would.
func attachList(w *world.World, trunk, list string) {
	form := url.Values{"CredentialListSid": {list}}
	address := w.TwilioURL() + "/v1/Trunks/" + trunk + "/CredentialLists"
	request, err := http.NewRequest(http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		panic(err)
	}
	request.SetBasicAuth(w.Account.SID, w.Account.AuthToken)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	_ = response.Body.Close()
	if response.StatusCode != http.StatusCreated {
		panic(fmt.Sprintf("attaching %s to %s: %s", list, trunk, response.Status))
	}
}
