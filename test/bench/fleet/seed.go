package fleet

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
	"github.com/callplane/callplane/internal/marker"
	"github.com/callplane/callplane/test/bench/rig"
)

const (
	// Rest is how long the providers get no call before a manager counts as at rest. On
	// a machine with two cores it may pause for seconds in the middle of its work.
	Rest = 10 * time.Second
	// batch is how many numbers are seeded before the next ones.
	batch = 500
)

// copied is a label of all numbers but the model.
const copied = "bench.callplane.io/copied"

// A model is a number that the manager has set up, and what LiveKit holds for it.
type model struct {
	number       *v1alpha1.PhoneNumber
	inbound      string
	dispatchRule string
}

// RaiseModel has the manager set one number up, from which others are copied, so that
// they look as the manager of this day leaves them. A manager must run.
func (f *Fleet) RaiseModel(ctx context.Context) error {
	if _, err := f.Rig.Twilio.AddNumbers(f.Account.SID, "", []string{f.e164(modelNumber)}); err != nil {
		return err
	}
	number := f.number(ModelName, modelNumber)
	if f.Trunks > 0 {
		number.Spec.CarrierRef.Name = trunkName(0)
	}
	if err := f.Rig.Client.Create(ctx, number); err != nil {
		return err
	}
	if err := f.awaitReady(ctx, number, &number.Status.Conditions); err != nil {
		return err
	}
	objects, err := f.Rig.LiveKit.Inventory()
	if err != nil {
		return err
	}
	f.model = model{number: number}
	f.model.inbound, err = holding(objects.InboundTrunks, prefix(number))
	if err == nil {
		f.model.dispatchRule, err = holding(objects.DispatchRules, prefix(number))
	}
	return err
}

func holding(texts []string, part string) (string, error) {
	i := slices.IndexFunc(texts, func(text string) bool { return strings.Contains(text, part) })
	if i < 0 {
		return "", fmt.Errorf("LiveKit has nothing whose name begins with %s", part)
	}
	return texts[i], nil
}

// prefix is what all names begin with that are given for a number.
func prefix(number *v1alpha1.PhoneNumber) string {
	owner := marker.Owner{Installation: rig.Installation, UID: string(number.UID), Namespace: number.Namespace, Name: number.Name}
	return strings.TrimSuffix(owner.For("x"), "x")
}

// Seed makes numbers that look as if the manager had set them up. No manager may run.
func (f *Fleet) Seed(ctx context.Context, first, last int) error {
	for ; first < last; first += batch {
		if err := f.seedBatch(ctx, first, min(first+batch, last)); err != nil {
			return fmt.Errorf("seeding numbers: %w", err)
		}
	}
	return nil
}

func (f *Fleet) seedBatch(ctx context.Context, first, last int) error {
	numbers := make([]*v1alpha1.PhoneNumber, last-first)
	err := each(ctx, first, last, func(ctx context.Context, i int) error {
		number := f.number(Name(i), i)
		number.Finalizers, number.Annotations = f.model.number.Finalizers, f.model.number.Annotations
		number.Labels = map[string]string{copied: "true"}
		numbers[i-first] = number
		return f.Rig.Client.Create(ctx, number)
	})
	if err != nil {
		return err
	}
	ids, err := f.seedProviders(first, last, numbers)
	if err != nil {
		return err
	}
	return each(ctx, first, last, func(ctx context.Context, i int) error {
		number := numbers[i-first]
		if err := f.copyStatus(number, i, ids[i-first]); err != nil {
			return err
		}
		return f.Rig.Client.Status().Update(ctx, number)
	})
}

// ids are what the providers gave to a number, by slot.
type ids map[external.Slot]string

func (f *Fleet) seedProviders(first, last int, numbers []*v1alpha1.PhoneNumber) ([]ids, error) {
	given := make([]ids, len(numbers))
	var trunks, rules []string
	for i, number := range numbers {
		given[i] = ids{}
		trunks = append(trunks, f.replacer(number, first+i, given[i]).Replace(f.model.inbound))
	}
	trunkIDs, err := f.Rig.LiveKit.AddInboundTrunks(trunks)
	if err != nil {
		return nil, err
	}
	for i, number := range numbers {
		given[i][external.SlotInboundTrunk] = trunkIDs[i]
		rules = append(rules, f.replacer(number, first+i, given[i]).Replace(f.model.dispatchRule))
	}
	ruleIDs, errRules := f.Rig.LiveKit.AddDispatchRules(rules)
	numberIDs, errNumbers := f.seedTwilio(first, last)
	if err := errors.Join(errRules, errNumbers); err != nil {
		return nil, err
	}
	for i := range numbers {
		given[i][external.SlotDispatchRule], given[i][external.SlotNumber] = ruleIDs[i], numberIDs[i]
	}
	return given, nil
}

// seedTwilio puts numbers on their trunks, and returns their SIDs in order.
func (f *Fleet) seedTwilio(first, last int) ([]string, error) {
	sids := make([]string, last-first)
	for t, trunk := range f.trunkSIDs {
		var numbers []string
		var places []int
		for i := first; i < last; i++ {
			if i%f.Trunks == t {
				numbers, places = append(numbers, f.e164(i)), append(places, i-first)
			}
		}
		added, err := f.Rig.Twilio.AddNumbers(f.Account.SID, trunk, numbers)
		if err != nil {
			return nil, err
		}
		for k, place := range places {
			sids[place] = added[k]
		}
	}
	return sids, nil
}

// copyStatus gives a number the model's status, with what is its own.
func (f *Fleet) copyStatus(number *v1alpha1.PhoneNumber, i int, given ids) error {
	text, err := json.Marshal(f.model.number.Status)
	if err != nil {
		return err
	}
	number.Status = v1alpha1.PhoneNumberStatus{}
	return json.Unmarshal([]byte(f.replacer(number, i, given).Replace(string(text))), &number.Status)
}

// replacer replaces what is the model's own by what is the number's. What begins alike
// is told apart by the longer one, which comes first.
func (f *Fleet) replacer(number *v1alpha1.PhoneNumber, i int, given ids) *strings.Replacer {
	from := f.model.number
	pairs := []string{
		prefix(from), prefix(number), string(from.UID), string(number.UID),
		from.Name, number.Name, from.Spec.Number, number.Spec.Number,
		trunkName(0), trunkName(i % max(f.Trunks, 1)),
	}
	if len(f.trunkSIDs) > 0 {
		pairs = append(pairs, f.trunkSIDs[0], f.trunkSIDs[i%f.Trunks])
	}
	for _, entry := range from.Status.ExternalResources {
		if id, ok := given[external.Slot(entry.Slot)]; ok && entry.ID != "" {
			pairs = append(pairs, entry.ID, id)
		}
	}
	return strings.NewReplacer(pairs...)
}
