package twilio

import (
	"context"
	"fmt"
	"slices"

	"github.com/nyaruka/phonenumbers"
	accounts "github.com/twilio/twilio-go/rest/api/v2010"

	"github.com/callplane/callplane/internal/external"
)

// buyInConsole is the way out where Twilio asks for more than the number.
const buyInConsole = "buy it in the Twilio console, where what is asked for can be given; once it is in the account it is used as it is"

// Create buys exactly this number, if Twilio has it on sale. A number is sold once:
// where the answer to an earlier purchase was lost, Twilio refuses this one.
func (d numberDriver) Create(ctx context.Context, call external.Call) (external.Observation, error) {
	spec, err := specOf[NumberSpec](call)
	if err == nil {
		err = d.onSale(ctx, spec.E164)
	}
	if err != nil {
		return external.Observation{}, err
	}
	params := new(accounts.CreateIncomingPhoneNumberParams).SetPhoneNumber(spec.E164)
	bought, err := ask(ctx, d.session, inAccount("the number "+spec.E164), func(c clients) (*number, error) {
		return c.accounts.CreateIncomingPhoneNumber(params)
	})
	if err != nil {
		return external.Observation{}, err
	}
	if deref(bought.PhoneNumber) != spec.E164 {
		return external.Observation{}, garbled(fmt.Errorf("the answer to the purchase of %s is about %s (%s)", spec.E164, deref(bought.PhoneNumber), *bought.Sid))
	}
	return observedNumber(bought, call.Own), nil
}

// onSale looks for the number among those of every type that can take calls.
func (d numberDriver) onSale(ctx context.Context, wanted string) error {
	if !e164.MatchString(wanted) {
		return invalid(fmt.Sprintf("%q is not a number in E.164", wanted))
	}
	country, sold := countryOf(wanted)
	for _, search := range searches {
		if !sold {
			break
		}
		offered, err := ask(ctx, d.session, inAccount("the numbers on sale in "+country), func(c clients) ([]string, error) {
			return search(c, country, wanted)
		})
		if err != nil && !external.IsNotFound(err) {
			return err
		}
		if slices.Contains(offered, wanted) {
			return nil
		}
	}
	return invalid(fmt.Sprintf("Twilio does not sell %s, or not for calls: name a number that it sells, or bring this one into account %s", wanted, d.account))
}

// countryOf is the country by which Twilio lists a number; false for one of no
// country, such as those of satellites. Where a code is that of several countries and
// none of them has such a number, it is the largest.
func countryOf(wanted string) (string, bool) {
	parsed, err := phonenumbers.Parse(wanted, "")
	if err != nil {
		return "", false
	}
	country := phonenumbers.GetRegionCodeForNumber(parsed)
	if len(country) != 2 || country == "ZZ" {
		country = phonenumbers.GetRegionCodeForCountryCode(int(parsed.GetCountryCode()))
	}
	return country, len(country) == 2 && country != "ZZ"
}

// mostOffers is more than the numbers that begin with a whole one.
const mostOffers = 50

// searches look for a number among those of one type. A type that a country does not
// have is not found.
var searches = []func(c clients, country, wanted string) ([]string, error){
	func(c clients, country, wanted string) ([]string, error) {
		some, err := c.accounts.ListAvailablePhoneNumberLocal(country, new(accounts.ListAvailablePhoneNumberLocalParams).
			SetContains(wanted).SetVoiceEnabled(true).SetLimit(mostOffers))
		return offers(some, err, func(n accounts.ApiV2010AvailablePhoneNumberLocal) *string { return n.PhoneNumber })
	},
	func(c clients, country, wanted string) ([]string, error) {
		some, err := c.accounts.ListAvailablePhoneNumberMobile(country, new(accounts.ListAvailablePhoneNumberMobileParams).
			SetContains(wanted).SetVoiceEnabled(true).SetLimit(mostOffers))
		return offers(some, err, func(n accounts.ApiV2010AvailablePhoneNumberMobile) *string { return n.PhoneNumber })
	},
	func(c clients, country, wanted string) ([]string, error) {
		some, err := c.accounts.ListAvailablePhoneNumberTollFree(country, new(accounts.ListAvailablePhoneNumberTollFreeParams).
			SetContains(wanted).SetVoiceEnabled(true).SetLimit(mostOffers))
		return offers(some, err, func(n accounts.ApiV2010AvailablePhoneNumberTollFree) *string { return n.PhoneNumber })
	},
}

func offers[T any](some []T, err error, number func(T) *string) ([]string, error) {
	var numbers []string
	for _, offer := range some {
		numbers = append(numbers, deref(number(offer)))
	}
	return numbers, err
}
