package twilio

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

func TestListsAreUsed(t *testing.T) {
	kinds := map[string]struct {
		link string
		make func(*world) string
	}{
		KindCredentialList: {KindTrunkCredentialList, (*world).ownCredentialList},
		KindIPAccessList:   {KindTrunkIPAccessList, (*world).ownIPAccessList},
	}
	for kind, k := range kinds {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			call := external.Call{ID: k.make(w)}
			ours, theirs := w.ownTrunk(), w.sim.AddTrunk(w.account.SID, "theirs", "")
			w.sim.AddTrunk(w.account.SID, "without lists", "")
			call.Own = []string{ours}
			used := func() string {
				t.Helper()
				return must[string](t)(w.driver(kind).(external.Shared).UsedBy(t.Context(), call))
			}
			link := func(trunk string) {
				t.Helper()
				must[external.Observation](t)(w.driver(k.link).Create(t.Context(), external.Call{
					ParentID: trunk, Inputs: map[string]string{InputListSID: call.ID},
				}))
			}
			link(ours)
			if got := used(); got != "" {
				t.Errorf("used by %q, want nobody but the owner", got)
			}
			wantClass(t, "a list on a trunk cannot be deleted", w.driver(kind).Delete(t.Context(), call), external.ResourceInUse)
			link(theirs)
			var got string
			made := w.operations(func() { got = used() })
			if want := "trunk " + theirs + " (theirs)"; got != want {
				t.Errorf("used by %q, want %q", got, want)
			}
			if len(made) != 2 {
				t.Errorf("that took %v, want the trunks and the lists of one of them", made)
			}
		})
	}
}

func TestAddressesAreNeverAllGone(t *testing.T) {
	w := newWorld(t)
	spec := func(addresses ...string) external.Call {
		return external.Call{Marker: testMarker, Spec: IPAccessListSpec{Addresses: addresses}}
	}
	call := spec("192.0.2.1", "192.0.2.2")
	call.ID = must[external.Observation](t)(w.driver(KindIPAccessList).Create(t.Context(), call)).ID
	must[external.Observation](t)(w.driver(KindIPAccessList).Update(t.Context(), call))

	call.Spec = spec("198.51.100.0/24").Spec
	made := w.operations(func() {
		must[external.Observation](t)(w.driver(KindIPAccessList).Update(t.Context(), call))
	})
	want := []string{"access_list.fetch", "address.list", "address.create", "address.delete", "address.delete"}
	if fmt.Sprint(len(made)) != fmt.Sprint(len(want)) {
		t.Errorf("an update makes %v, want as many as %v", made, want)
	}
	call.Spec = spec().Spec
	_, err := w.driver(KindIPAccessList).Update(t.Context(), call)
	wantClass(t, "an empty list is not wanted", err, external.InvalidConfiguration)
	for _, address := range []string{"2001:db8::1", "2001:db8::/32", "192.0.2", "a.example.com"} {
		call.Spec = spec(address).Spec
		_, err := w.driver(KindIPAccessList).Update(t.Context(), call)
		wantClass(t, address+" is not an IPv4 address", err, external.InvalidConfiguration)
	}
	if diff := cmp.Diff([]string{"198.51.100.0/24"}, w.addressesOn(call.ID)); diff != "" {
		t.Errorf("the list holds %s", diff)
	}
}

func (w *world) addressesOn(list string) []string {
	var all []string
	for _, address := range w.sim.IPAddresses(list) {
		all = append(all, fmt.Sprintf("%s/%d", address.IPAddress, address.CIDRPrefixLength))
	}
	return slices.Sorted(slices.Values(all))
}

func TestFullListMakesRoom(t *testing.T) {
	w := newWorld(t)
	w.sim.Configure(func(s *twiliosim.Settings) { s.Quotas.AddressesPerList = 2 })
	call := external.Call{Marker: testMarker, Spec: IPAccessListSpec{Addresses: []string{"192.0.2.1", "192.0.2.2"}}}
	call.ID = must[external.Observation](t)(w.driver(KindIPAccessList).Create(t.Context(), call)).ID
	must[external.Observation](t)(w.driver(KindIPAccessList).Update(t.Context(), call))

	call.Spec = IPAccessListSpec{Addresses: []string{"192.0.2.3", "192.0.2.4"}}
	must[external.Observation](t)(w.driver(KindIPAccessList).Update(t.Context(), call))
	if diff := cmp.Diff([]string{"192.0.2.3/32", "192.0.2.4/32"}, w.addressesOn(call.ID)); diff != "" {
		t.Errorf("the list holds %s", diff)
	}
	call.Spec = IPAccessListSpec{Addresses: []string{"192.0.2.3", "192.0.2.4", "192.0.2.5"}}
	_, err := w.driver(KindIPAccessList).Update(t.Context(), call)
	wantClass(t, "what is wanted does not fit", err, external.QuotaExceeded)
}

func TestAddressWhoseAnswerWasLostIsNoTrouble(t *testing.T) {
	w := newWorld(t)
	call := external.Call{Marker: testMarker, Spec: IPAccessListSpec{Addresses: []string{"192.0.2.1"}}}
	call.ID = must[external.Observation](t)(w.driver(KindIPAccessList).Create(t.Context(), call)).ID
	driver := ipAccessListDriver{w.session()}
	block, _ := parseBlock("192.0.2.1")
	for range 2 {
		if err := driver.addAddress(t.Context(), call.ID, block); err != nil {
			t.Errorf("an address that is there: %v", err)
		}
	}
	w.fault("*", twiliosim.Fail(400, 21235))
	block, _ = parseBlock("192.0.2.9")
	wantClass(t, "an address that Twilio does not take", driver.addAddress(t.Context(), call.ID, block), external.InvalidConfiguration)
}

func TestListThatMustBeEmptyFirst(t *testing.T) {
	w := newWorld(t)
	call := external.Call{Marker: testMarker, Spec: IPAccessListSpec{Addresses: []string{"192.0.2.1", "192.0.2.2"}}}
	call.ID = must[external.Observation](t)(w.driver(KindIPAccessList).Create(t.Context(), call)).ID
	must[external.Observation](t)(w.driver(KindIPAccessList).Update(t.Context(), call))
	w.sim.Inject(twiliosim.Fault{Match: twiliosim.Match{Method: "DELETE"}, Action: twiliosim.Fail(400, 21235)})
	made := w.operations(func() {
		if err := w.driver(KindIPAccessList).Delete(t.Context(), teardown(call)); err != nil {
			t.Errorf("Delete: %v", err)
		}
	})
	if len(made) != 5 || len(w.sim.IPAccessControlLists("")) != 0 {
		t.Errorf("that took %v", made)
	}
}

func TestCredentialIsSetAgain(t *testing.T) {
	w := newWorld(t)
	call := external.Call{
		ParentID: w.ownCredentialList(), Marker: testMarker,
		Spec: CredentialSpec{"user", external.NewSecret("Password12345")},
	}
	first := must[external.Observation](t)(w.driver(KindCredential).Create(t.Context(), call))

	call.Spec = CredentialSpec{"user", external.NewSecret("Another123456")}
	again := must[external.Observation](t)(w.driver(KindCredential).Create(t.Context(), call))
	if diff := cmp.Diff(external.Observation{ID: first.ID, ParentID: call.ParentID, Drift: []string{"password"}}, again); diff != "" {
		t.Errorf("a user name that is there is ours, its password is not known: %s", diff)
	}
	call.ID = first.ID
	must[external.Observation](t)(w.driver(KindCredential).Update(t.Context(), call))
	if got := w.sim.CredentialPassword(first.ID); got != "Another123456" {
		t.Errorf("the password is %q", got)
	}

	call.ID, call.Spec = "", CredentialSpec{"weak", external.NewSecret("short")}
	_, err := w.driver(KindCredential).Create(t.Context(), call)
	wantClass(t, "a user name that is not there means a bad password", err, external.InvalidConfiguration)
}

func TestCredentialOfAnotherNameIsReplaced(t *testing.T) {
	w := newWorld(t)
	call := external.Call{
		ParentID: w.ownCredentialList(), Marker: testMarker,
		Spec: CredentialSpec{"user", external.NewSecret("Password12345")},
	}
	call.ID = must[external.Observation](t)(w.driver(KindCredential).Create(t.Context(), call)).ID
	call.Spec = CredentialSpec{"other", external.NewSecret("Password12345")}
	seen := must[external.Observation](t)(w.driver(KindCredential).Update(t.Context(), call))
	left := w.sim.Credentials(call.ParentID)
	if len(left) != 1 || left[0].Username != "other" || left[0].SID != seen.ID || seen.ID == call.ID {
		t.Errorf("the list holds %+v, want the new one alone", left)
	}
}

func TestListsOfAnEarlierOwnerAreMarkedAnew(t *testing.T) {
	specs := map[string]any{KindCredentialList: CredentialListSpec{}, KindIPAccessList: IPAccessListSpec{Addresses: []string{"192.0.2.1"}}}
	for kind, spec := range specs {
		t.Run(kind, func(t *testing.T) {
			w := newWorld(t)
			call := external.Call{Marker: "of an earlier owner", Spec: spec}
			call.ID = must[external.Observation](t)(w.driver(kind).Create(t.Context(), call)).ID
			call.Marker = testMarker
			seen := must[external.Observation](t)(w.driver(kind).Observe(t.Context(), call))
			if !slices.Contains(seen.Drift, "friendlyName") {
				t.Errorf("drift %v does not name the name", seen.Drift)
			}
			must[external.Observation](t)(w.driver(kind).Update(t.Context(), call))
			seen = must[external.Observation](t)(w.driver(kind).Observe(t.Context(), call))
			if seen.Name != testMarker || len(seen.Drift) > 0 {
				t.Errorf("it is still %+v", seen)
			}
		})
	}
}
