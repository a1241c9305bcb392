package twilio

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/test/twiliosim"
)

const tollFree = "+18005550123"

func TestPurchase(t *testing.T) {
	cases := map[string]struct {
		reason, number, country, saleType string
		requests                          []string
	}{
		"Local":    {"most numbers are local ones", testNumber, "US", "Local", []string{"availablenumber.list", "number.purchase"}},
		"TollFree": {"a type that a country does not have is no error", tollFree, "US", "TollFree", []string{"availablenumber.list", "availablenumber.list", "availablenumber.list", "number.purchase"}},
		"Mobile":   {"the country is that of the number", "+447400123456", "GB", "Mobile", []string{"availablenumber.list", "availablenumber.list", "number.purchase"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.sim.AddAvailableNumbersOfType(tc.country, tc.saleType, tc.number)
			w.sim.AddAvailableNumbers("US", testNumber+"1", testNumber+"2")
			call := external.Call{Spec: NumberSpec{E164: tc.number}}
			var bought external.Observation
			made := w.operations(func() {
				bought = must[external.Observation](t)(w.driver(KindNumber).Create(t.Context(), call))
			})
			if diff := cmp.Diff(tc.requests, made); diff != "" {
				t.Errorf("%s, -want +got:\n%s", tc.reason, diff)
			}
			numbers := w.sim.Numbers(w.account.SID)
			if len(numbers) != 1 || numbers[0].PhoneNumber != tc.number || numbers[0].SID != bought.ID {
				t.Errorf("the account has %+v, want exactly %s", numbers, tc.number)
			}
			found := must[external.Observation](t)(w.driver(KindNumber).Observe(t.Context(), external.Call{Marker: tc.number}))
			if found.ID != bought.ID {
				t.Errorf("a teardown finds %q by the number, want %q", found.ID, bought.ID)
			}
			_, err := w.driver(KindNumber).Create(t.Context(), call)
			wantClass(t, "a number is sold once", err, external.InvalidConfiguration)
		})
	}
}

func TestNotOnSale(t *testing.T) {
	for reason, number := range map[string]string{
		"others that begin alike are on sale": testNumber,
		"no country has the number":           "+870772001234",
		"nobody has the code":                 "+999123456",
		"it is no number":                     "+1415*",
	} {
		t.Run(reason, func(t *testing.T) {
			w := newWorld(t)
			w.sim.AddAvailableNumbers("US", testNumber+"1", "+14155550101")
			_, err := w.driver(KindNumber).Create(t.Context(), external.Call{Spec: NumberSpec{E164: number}})
			wantClass(t, reason, err, external.InvalidConfiguration)
			if made := w.sim.Mutations(); len(made) > 0 || !strings.Contains(external.MessageOf(err), number) {
				t.Errorf("%v was sent, and %q said; want no purchase and the number named", made, external.MessageOf(err))
			}
		})
	}
}

func TestRefusedPurchases(t *testing.T) {
	cases := map[int]struct {
		reason string
		class  external.Class
		wayOut string
	}{
		21404: {"a trial account has one number", external.QuotaExceeded, "upgrade"},
		21422: {"somebody was faster", external.InvalidConfiguration, "another"},
		21452: {"nothing is on sale there", external.InvalidConfiguration, "another"},
		21631: {"an address is required", external.InvalidConfiguration, "console"},
		21649: {"a bundle is required", external.InvalidConfiguration, "console"},
		22300: {"the number is restricted", external.PermissionDenied, "console"},
	}
	for code, tc := range cases {
		w := newWorld(t)
		w.sim.AddAvailableNumbers("US", testNumber)
		w.fault("number.purchase", twiliosim.Fail(400, code))
		_, err := w.driver(KindNumber).Create(t.Context(), external.Call{Spec: NumberSpec{E164: testNumber}})
		wantClass(t, tc.reason, err, tc.class)
		if !strings.Contains(external.MessageOf(err), tc.wayOut) {
			t.Errorf("%d: %q does not name a way out", code, external.MessageOf(err))
		}
	}
}

// TestPurchaseIsSentOnce sends no second purchase in the same call, whatever becomes of
// the first one, and leaves it to the next look to find what was bought.
func TestPurchaseIsSentOnce(t *testing.T) {
	faults := map[string]twiliosim.Action{
		"refused":          twiliosim.Fail(503, 20503),
		"applied":          twiliosim.Fail(500, 20500).AfterApply(),
		"throttled":        twiliosim.Fail(429, 20429),
		"cut off":          twiliosim.Reset(),
		"applied, cut off": twiliosim.Reset().AfterApply(),
		"late":             twiliosim.Hang(),
	}
	for name, fault := range faults {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.provider.sending.Timeout = impatience * 5
			w.sim.AddAvailableNumbers("US", testNumber)
			w.fault("number.purchase", fault)
			var err error
			made := w.operations(func() {
				_, err = w.driver(KindNumber).Create(t.Context(), external.Call{Spec: NumberSpec{E164: testNumber}})
			})
			if class := external.ClassOf(err); err == nil || class.Lasting() {
				t.Errorf("the error is %v, want one that passes", err)
			}
			sent := len(slices.DeleteFunc(made, func(operation string) bool { return operation != "number.purchase" }))
			if sent != 1 {
				t.Errorf("%d purchases were sent, want one", sent)
			}
			_, err = w.driver(KindNumber).Observe(t.Context(), external.Call{Spec: NumberSpec{E164: testNumber}})
			if there := len(w.sim.Numbers(w.account.SID)) == 1; there != (err == nil) {
				t.Errorf("it is there: %v, and the next look says %v", there, err)
			}
		})
	}
}

// TestSaleIsUnreadable buys nothing where it is not known what is on sale.
func TestSaleIsUnreadable(t *testing.T) {
	w := newWorld(t)
	w.sim.AddAvailableNumbers("US", testNumber)
	for _, fault := range []twiliosim.Action{twiliosim.Fail(503, 20503), twiliosim.Fail(401, 20003), twiliosim.TruncateJSON()} {
		w.fault("availablenumber.list", fault)
		if _, err := w.driver(KindNumber).Create(t.Context(), external.Call{Spec: NumberSpec{E164: testNumber}}); err == nil {
			t.Error("the purchase went on, want an error")
		}
	}
	if made := w.sim.Mutations(); len(made) > 0 {
		t.Errorf("%v was sent", made)
	}
}
