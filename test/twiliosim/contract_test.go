package twiliosim_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	twilio "github.com/twilio/twilio-go/client"
	api "github.com/twilio/twilio-go/rest/api/v2010"
	trunking "github.com/twilio/twilio-go/rest/trunking/v1"

	"github.com/callplane/callplane/test/twiliosim"
	"github.com/callplane/callplane/test/twiliosim/openapi"
)

var loadDocuments = sync.OnceValues(func() (*openapi.Documents, error) {
	folder := openapi.Folder("../../../shared/specs")
	if folder == "" {
		return nil, errNoDocuments
	}
	return openapi.Load(folder)
})

var errNoDocuments = errors.New("no documents")

func documents(t *testing.T) *openapi.Documents {
	t.Helper()
	loaded, err := loadDocuments()
	if errors.Is(err, errNoDocuments) {
		t.Skipf("Twilio's OpenAPI documents are not part of this project: set %s to a folder that has them", openapi.FolderVariable)
	}
	if err != nil {
		t.Fatal(err)
	}
	return loaded
}

// contract drives the simulator through Twilio's own client while both sides are held to Twilio's documents.
type contract struct {
	*world
	trunking *trunking.ApiService
	api      *api.ApiService
}

func newContract(t *testing.T) contract {
	w := newWorld(t)
	w.sim.AddAvailableNumbers("US", "+14155550190")
	target, err := url.Parse(w.url)
	if err != nil {
		t.Fatal(err)
	}
	violation := func(err error) { t.Error(err) }
	client := &twilio.Client{Credentials: twilio.NewCredentials(w.account.SID, w.account.AuthToken)}
	client.HTTPClient = &http.Client{Transport: documents(t).Transport(loopback{target, w.client.Transport}, violation)}
	client.SetAccountSid(w.account.SID)
	handler := &twilio.RequestHandler{Client: client} // made by hand: the constructor would read the environment
	return contract{world: w, trunking: trunking.NewApiService(handler), api: api.NewApiService(handler)}
}

// loopback sends requests for Twilio's hosts to the simulator.
type loopback struct {
	target *url.URL
	next   http.RoundTripper
}

func (l loopback) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = l.target.Scheme, l.target.Host
	return l.next.RoundTrip(r)
}

// need takes the result of a client's call, and fails the test on its error.
func need[T any](value T, err error) func(*testing.T) T {
	return func(t *testing.T) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func none(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func count(t *testing.T, reason string, got, want int) {
	t.Helper()
	if got != want {
		t.Errorf("%s: listed %d, want %d", reason, got, want)
	}
}

func TestTwilioClientAndDocumentsAgree(t *testing.T) {
	c := newContract(t)
	trunk := c.driveTrunks(t)
	c.driveOriginationURLs(t, trunk)
	list, acl := c.driveCredentials(t), c.driveAccessLists(t)
	c.driveAttachedLists(t, trunk, list, acl)
	c.driveNumbers(t, trunk)
	none(t, c.api.DeleteSipCredentialList(list, &api.DeleteSipCredentialListParams{}))
	none(t, c.api.DeleteSipIpAccessControlList(acl, &api.DeleteSipIpAccessControlListParams{}))
	none(t, c.trunking.DeleteTrunk(trunk))
	driven := []string{}
	for _, call := range c.sim.Calls() {
		driven = append(driven, call.Operation)
	}
	slices.Sort(driven)
	if diff := cmp.Diff(everyOperation(), slices.Compact(driven)); diff != "" {
		t.Errorf("every operation is held to the documents: %s", diff)
	}
}

func everyOperation() []string {
	all := []string{"application.fetch", "availablenumber.list", "number.fetch", "number.list", "number.purchase", "number.release", "number.update"}
	for _, resource := range []string{"trunk", "originationurl", "credentiallist", "credential", "ipaccesscontrollist", "ipaddress"} {
		for _, verb := range []string{".create", ".fetch", ".update", ".list", ".delete"} {
			all = append(all, resource+verb)
		}
	}
	for _, resource := range []string{"credentiallist", "ipaccesscontrollist", "number"} {
		for _, verb := range []string{".attach", ".attachment", ".attachments", ".detach"} {
			all = append(all, resource+verb)
		}
	}
	slices.Sort(all)
	return all
}

func (c contract) driveTrunks(t *testing.T) string {
	create := (&trunking.CreateTrunkParams{}).SetFriendlyName("line").SetDomainName(domain).SetSecure(true).
		SetTransferMode("enable-all").SetCnamLookupEnabled(false)
	sid := *need(c.trunking.CreateTrunk(create))(t).Sid
	spare := *need(c.trunking.CreateTrunk(&trunking.CreateTrunkParams{}))(t).Sid
	updated := need(c.trunking.UpdateTrunk(sid, (&trunking.UpdateTrunkParams{}).SetFriendlyName("renamed")))(t)
	if *updated.FriendlyName != "renamed" || *updated.DomainName != domain {
		t.Errorf("the client reads what it wrote: %+v", updated)
	}
	count(t, "trunks over two pages", len(need(c.trunking.ListTrunk((&trunking.ListTrunkParams{}).SetPageSize(1)))(t)), 2)
	need(c.trunking.FetchTrunk(spare))(t)
	none(t, c.trunking.DeleteTrunk(spare))
	return sid
}

func (c contract) driveOriginationURLs(t *testing.T, trunk string) {
	create := (&trunking.CreateOriginationUrlParams{}).SetFriendlyName("o").SetSipUrl("sip:a.example;transport=tcp").
		SetPriority(1).SetWeight(1).SetEnabled(true)
	sid := *need(c.trunking.CreateOriginationUrl(trunk, create))(t).Sid
	need(c.trunking.UpdateOriginationUrl(trunk, sid, (&trunking.UpdateOriginationUrlParams{}).SetWeight(2)))(t)
	if got := need(c.trunking.FetchOriginationUrl(trunk, sid))(t); got.Weight != 2 || got.Priority != 1 {
		t.Errorf("the client reads what it wrote: %+v", got)
	}
	count(t, "origination URLs", len(need(c.trunking.ListOriginationUrl(trunk, &trunking.ListOriginationUrlParams{}))(t)), 1)
	none(t, c.trunking.DeleteOriginationUrl(trunk, sid))
}

func (c contract) driveCredentials(t *testing.T) string {
	create := func(name string) *api.CreateSipCredentialListParams {
		return (&api.CreateSipCredentialListParams{}).SetFriendlyName(name)
	}
	list := *need(c.api.CreateSipCredentialList(create("a")))(t).Sid
	need(c.api.CreateSipCredentialList(create("b")))(t)
	need(c.api.UpdateSipCredentialList(list, (&api.UpdateSipCredentialListParams{}).SetFriendlyName("c")))(t)
	need(c.api.FetchSipCredentialList(list, &api.FetchSipCredentialListParams{}))(t)
	lists := need(c.api.ListSipCredentialList((&api.ListSipCredentialListParams{}).SetPageSize(1)))(t)
	count(t, "credential lists over two pages", len(lists), 2)
	user := (&api.CreateSipCredentialParams{}).SetUsername("u").SetPassword("Abcdefgh1234")
	sid := *need(c.api.CreateSipCredential(list, user))(t).Sid
	need(c.api.UpdateSipCredential(list, sid, (&api.UpdateSipCredentialParams{}).SetPassword("Zyxwvuts9876")))(t)
	need(c.api.FetchSipCredential(list, sid, &api.FetchSipCredentialParams{}))(t)
	count(t, "credentials", len(need(c.api.ListSipCredential(list, &api.ListSipCredentialParams{}))(t)), 1)
	none(t, c.api.DeleteSipCredential(list, sid, &api.DeleteSipCredentialParams{}))
	return list
}

func (c contract) driveAccessLists(t *testing.T) string {
	create := (&api.CreateSipIpAccessControlListParams{}).SetFriendlyName("a")
	list := *need(c.api.CreateSipIpAccessControlList(create))(t).Sid
	need(c.api.UpdateSipIpAccessControlList(list, (&api.UpdateSipIpAccessControlListParams{}).SetFriendlyName("b")))(t)
	need(c.api.FetchSipIpAccessControlList(list, &api.FetchSipIpAccessControlListParams{}))(t)
	count(t, "access lists", len(need(c.api.ListSipIpAccessControlList(&api.ListSipIpAccessControlListParams{}))(t)), 1)
	address := (&api.CreateSipIpAddressParams{}).SetFriendlyName("n").SetIpAddress("192.0.2.1").SetCidrPrefixLength(30)
	sid := *need(c.api.CreateSipIpAddress(list, address))(t).Sid
	need(c.api.UpdateSipIpAddress(list, sid, (&api.UpdateSipIpAddressParams{}).SetIpAddress("192.0.2.4")))(t)
	if got := need(c.api.FetchSipIpAddress(list, sid, &api.FetchSipIpAddressParams{}))(t); got.CidrPrefixLength != 30 {
		t.Errorf("the client reads what it wrote: %+v", got)
	}
	count(t, "addresses", len(need(c.api.ListSipIpAddress(list, &api.ListSipIpAddressParams{}))(t)), 1)
	none(t, c.api.DeleteSipIpAddress(list, sid, &api.DeleteSipIpAddressParams{}))
	return list
}

func (c contract) driveAttachedLists(t *testing.T, trunk, list, acl string) {
	need(c.trunking.CreateCredentialList(trunk, (&trunking.CreateCredentialListParams{}).SetCredentialListSid(list)))(t)
	need(c.trunking.FetchCredentialList(trunk, list))(t)
	count(t, "lists on the trunk", len(need(c.trunking.ListCredentialList(trunk, &trunking.ListCredentialListParams{}))(t)), 1)
	access := (&trunking.CreateIpAccessControlListParams{}).SetIpAccessControlListSid(acl)
	need(c.trunking.CreateIpAccessControlList(trunk, access))(t)
	need(c.trunking.FetchIpAccessControlList(trunk, acl))(t)
	onTrunk := need(c.trunking.ListIpAccessControlList(trunk, &trunking.ListIpAccessControlListParams{}))(t)
	count(t, "access lists on the trunk", len(onTrunk), 1)
	if got := need(c.trunking.FetchTrunk(trunk))(t); *got.AuthType != "IP_ACL,CREDENTIAL_LIST" {
		t.Errorf("the trunk shows its lists: %s", *got.AuthType)
	}
	none(t, c.trunking.DeleteCredentialList(trunk, list))
	none(t, c.trunking.DeleteIpAccessControlList(trunk, acl))
}

func (c contract) driveNumbers(t *testing.T, trunk string) {
	count(t, "numbers on sale", len(need(c.api.ListAvailablePhoneNumberLocal("US", &api.ListAvailablePhoneNumberLocalParams{}))(t)), 1)
	buy := (&api.CreateIncomingPhoneNumberParams{}).SetPhoneNumber("+14155550190")
	number := *need(c.api.CreateIncomingPhoneNumber(buy))(t).Sid
	c.sim.AddNumber(c.account.SID, "+442071838750", twiliosim.NumberOptions{EmergencyStatus: "Active", VoiceApplicationSID: application})
	need(c.api.UpdateIncomingPhoneNumber(number, (&api.UpdateIncomingPhoneNumberParams{}).SetVoiceUrl("https://voice.example")))(t)
	need(c.trunking.CreatePhoneNumber(trunk, (&trunking.CreatePhoneNumberParams{}).SetPhoneNumberSid(number)))(t)
	need(c.trunking.FetchPhoneNumber(trunk, number))(t)
	count(t, "numbers on the trunk", len(need(c.trunking.ListPhoneNumber(trunk, &trunking.ListPhoneNumberParams{}))(t)), 1)
	if got := need(c.api.FetchIncomingPhoneNumber(number, &api.FetchIncomingPhoneNumberParams{}))(t); *got.TrunkSid != trunk {
		t.Errorf("the number shows its trunk: %s", *got.TrunkSid)
	}
	one := need(c.api.ListIncomingPhoneNumber((&api.ListIncomingPhoneNumberParams{}).SetPhoneNumber("+14155550190")))(t)
	count(t, "numbers by filter", len(one), 1)
	count(t, "all numbers", len(need(c.api.ListIncomingPhoneNumber((&api.ListIncomingPhoneNumberParams{}).SetPageSize(1)))(t)), 2)
	applied := c.sim.AddApplication(c.account.SID, "ivr")
	need(c.api.FetchApplication(applied, &api.FetchApplicationParams{}))(t)
	if got := need(c.api.UpdateIncomingPhoneNumber(number, (&api.UpdateIncomingPhoneNumberParams{}).SetVoiceApplicationSid(applied)))(t); got.TrunkSid != nil {
		t.Errorf("the number is on trunk %s still", *got.TrunkSid)
	}
	need(c.trunking.CreatePhoneNumber(trunk, (&trunking.CreatePhoneNumberParams{}).SetPhoneNumberSid(number)))(t)
	none(t, c.trunking.DeletePhoneNumber(trunk, number))
	none(t, c.api.DeleteIncomingPhoneNumber(number, &api.DeleteIncomingPhoneNumberParams{}))
}

func TestTwilioClientReadsFailures(t *testing.T) {
	c := newContract(t)
	_, err := c.trunking.FetchTrunk("TK00000000000000000000000000000000")
	var refused *twilio.TwilioRestError
	if !errors.As(err, &refused) || refused.Status != 404 || refused.Code != 20404 {
		t.Errorf("Twilio's client understands the error body: %v", err)
	}
}
