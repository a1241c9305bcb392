package twiliosim

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// The types of numbers that are on sale; each has a collection of its own.
const (
	saleLocal    = "Local"
	saleMobile   = "Mobile"
	saleTollFree = "TollFree"
)

// offer says in which collection a number is on sale.
type offer struct{ country, saleType string }

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// purchaseNumber buys a number that AddAvailableNumbers put on sale.
func purchaseNumber(c *call) reply {
	f := c.form(codeBadParameter)
	if c.sim.trialSpent(c.account) {
		return refuse(fail(codeTrialNumber))
	}
	wanted, failed := c.sim.chooseNumber(f)
	if failed != nil {
		return refuse(failed)
	}
	n := c.sim.newNumber(c.stamp("PN"), wanted)
	readNumber(c, f, n)
	if f.failed != nil {
		return refuse(f.failed)
	}
	delete(c.sim.available, wanted)
	insert(c.sim, c.sim.numbers, n.SID, n, c.visibleAt())
	return created(viewNumber(c, n))
}

func (s *Simulator) trialSpent(account string) bool {
	limit := s.settings.Quotas.NumbersPerTrialAccount
	owned := s.numbers.oldestFirst(func(n *Number) bool { return n.AccountSID == account })
	return s.accounts[account].trial && limit > 0 && len(owned) >= limit
}

func (s *Simulator) chooseNumber(f *form) (string, *failure) {
	wanted, area := f.get("PhoneNumber"), f.get("AreaCode")
	switch {
	case wanted == "" && area == "":
		return "", fail(codeBadParameter, "PhoneNumber or AreaCode is required")
	case wanted == "":
		return s.numberInArea(area)
	case !e164.MatchString(wanted):
		return "", fail(codeNumberInvalid)
	case s.available[wanted] == offer{}:
		return "", fail(codeNumberUnavailable)
	}
	return wanted, nil
}

func (s *Simulator) numberInArea(area string) (string, *failure) {
	for _, number := range slices.Sorted(maps.Keys(s.available)) {
		if strings.HasPrefix(number, "+1"+area) {
			return number, nil
		}
	}
	return "", fail(codeAreaCodeEmpty)
}

// newNumber has the defaults of a number that was never configured.
func (s *Simulator) newNumber(r Resource, number string) *Number {
	return &Number{
		Resource: r, PhoneNumber: number, FriendlyName: formatted(number),
		VoiceMethod: "POST", VoiceFallbackMethod: "POST", VoiceReceiveMode: "voice",
		SMSMethod: "POST", SMSFallbackMethod: "POST", StatusCallbackMethod: "POST",
		EmergencyStatus: emergencyInactive, EmergencyAddressStatus: addressUnregistered,
	}
}

// formatted writes a North American number as people there do, and leaves others as they are.
func formatted(number string) string {
	if len(number) != len("+14155550100") || !strings.HasPrefix(number, "+1") {
		return number
	}
	return "(" + number[2:5] + ") " + number[5:8] + "-" + number[8:]
}

// searchAvailable lists what is on sale of a type in a country, on a single page. A country without numbers of the type has no such
// collection: in the United States there are no mobile ones.
func searchAvailable(saleType string) func(*call) reply {
	return func(c *call) reply {
		if c.vars["country"] == "US" && saleType == saleMobile {
			return refuse(fail(codeNotFound))
		}
		p, failed := readPage(c.request.URL.Query())
		if failed != nil {
			return refuse(failed)
		}
		wanted, items := offer{country: c.vars["country"], saleType: saleType}, []object{}
		fits := matchAvailable(c.request.URL.Query())
		for _, number := range slices.Sorted(maps.Keys(c.sim.available)) {
			if len(items) < p.size && c.sim.available[number] == wanted && fits(number) {
				items = append(items, viewAvailable(number, wanted.country))
			}
		}
		return ok(p.render(c, "available_phone_numbers", items, 0))
	}
}

// matchAvailable knows of Twilio's patterns a part of the number, * for a digit, and + for the beginning.
func matchAvailable(query url.Values) func(string) bool {
	area, pattern := query.Get("AreaCode"), query.Get("Contains")
	beginning, atBeginning := strings.CutPrefix(pattern, "+")
	query.Set("PhoneNumber", beginning)
	contains := partOfNumber(query)
	return func(number string) bool {
		found := contains.FindStringIndex(number[1:])
		inArea := area == "" || strings.HasPrefix(number, "+1"+area)
		return inArea && found != nil && (!atBeginning || found[0] == 0)
	}
}

func viewAvailable(number, country string) object {
	return object{
		"phone_number": number, "friendly_name": formatted(number), "iso_country": country, "address_requirements": "none",
		"beta": false, "capabilities": capabilities(), "locality": nil, "region": nil, "postal_code": nil, "lata": nil,
		"rate_center": nil, "latitude": nil, "longitude": nil,
	}
}
