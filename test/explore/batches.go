package explore

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	clocktesting "k8s.io/utils/clock/testing"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/controller/batch"
	"github.com/callplane/callplane/test/apistore"
	"github.com/callplane/callplane/test/twiliosim"
)

const (
	closing = "closing"
	// second is a number of the account, unknown one that nobody has.
	second  = "+15550101"
	unknown = "+15550102"
)

// batchActor reconciles a PhoneNumberDeletion.
func batchActor(name string) Actor {
	return actor("batch "+name, name, func(ctx context.Context, v *visit, deletion *v1alpha1.PhoneNumberDeletion) (reconcile.Result, error) {
		reconciler := &batch.Reconciler{Client: v.cached(), Direct: v.direct(), Events: silence{}, Clock: clocktesting.NewFakePassiveClock(v.system.now)}
		return reconciler.Reconcile(ctx, deletion)
	})
}

// newBatch deletes the numbers of the world one by one, and one that nobody has.
func newBatch() *v1alpha1.PhoneNumberDeletion {
	return &v1alpha1.PhoneNumberDeletion{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: closing},
		Spec:       v1alpha1.PhoneNumberDeletionSpec{PhoneNumbers: []string{e164, second, unknown}, Concurrency: ptr.To[int32](1)},
	}
}

// batches has two numbers, of which others may delete one as well.
func batches() World {
	return World{
		Name: "W10", About: "Two numbers are deleted by a batch, which is deleted at any point, as is one of them; another of its name comes.",
		start: func(s *system) {
			s.twilio.AddNumber(accountSID, second, twiliosim.NumberOptions{})
			last := newNumber(other)
			last.Spec.Number = second
			s.create(newNumber(line))
			s.create(last)
			s.rest(numberActor(line), numberActor(other))
			s.create(newBatch())
		},
		actors: []Actor{batchActor(closing), unharmed(numberActor(line)), unharmed(numberActor(other))},
		lags:   numbersBehind(2), faultsBehind: true,
		events: []Event{deletingBatch, deleting(line), oneOf("another", creating(line))[0]},
	}
}

// corruptedBatch is the same where the cleanup of the numbers fails.
func corruptedBatch() World {
	w := batches()
	w.Name, w.About = "W10 corrupted", "The same while Twilio refuses the credentials, which people put right; one visit of the batch meets a fault."
	w.lags, w.faultsBehind, w.failures, w.lasting, w.heals = nil, false, 1, true, true
	w.events = append(oneOf("loss", rotating), updatingSecret, deletingBatch)
	return w
}

var deletingBatch = Event{Name: "delete the batch", happen: func(s *system) bool {
	deletion := s.batch()
	return deletion != nil && s.remove(deletion)
}}

// batch is the one of the world; nil if there is none.
func (s *system) batch() *v1alpha1.PhoneNumberDeletion {
	return find[*v1alpha1.PhoneNumberDeletion](s, closing)
}

func (s *system) writeBatches(k *keyWriter) {
	for _, deletion := range apistore.All[*v1alpha1.PhoneNumberDeletion](s.store) {
		var remaining []string
		for _, number := range deletion.Status.Remaining {
			remaining = append(remaining, words(number.PhoneNumber, number.UID, number.State))
		}
		k.line(words("batch", "began", truth(deletion.Status.StartedAt != nil), "ended", truth(deletion.Status.CompletedAt != nil),
			"deleted", several(deletion.Status.Deleted), "failed", several(failed(deletion)), "then", several(remaining)))
	}
}

func failed(deletion *v1alpha1.PhoneNumberDeletion) []string {
	var numbers []string
	for _, failure := range deletion.Status.Errors {
		numbers = append(numbers, failure.PhoneNumber)
	}
	return numbers
}

// deletes wants whatever a batch deletes to be the very object that it has written
// down.
func (v *visit) deletes(object client.Object) {
	number, ok := object.(*v1alpha1.PhoneNumber)
	if !ok {
		return
	}
	deletion := v.system.batch()
	if deletion == nil || !slices.ContainsFunc(deletion.Status.Remaining, meaning(string(number.UID))) {
		v.violate("batch", "%q is deleted, and is not among what remains", number.Name)
	}
}

func meaning(uid string) func(v1alpha1.RemainingNumber) bool {
	return func(number v1alpha1.RemainingNumber) bool { return number.UID == uid }
}

// results holds a batch to what it has said: a result stays, each number has one or
// remains, and what it says is deleted has gone.
func (s *system) results(before *system) []string {
	was, is := before.batch(), s.batch()
	if was == nil || is == nil {
		return nil
	}
	var violations []string
	if !startsWith(is.Status.Deleted, was.Status.Deleted) || !startsWith(failed(is), failed(was)) {
		violations = append(violations, "batch: a result is gone")
	}
	numbers := slices.Concat(is.Status.Deleted, failed(is))
	for _, number := range is.Status.Remaining {
		numbers = append(numbers, number.PhoneNumber)
	}
	slices.Sort(numbers)
	if is.Status.StartedAt != nil && !slices.Equal(numbers, is.Spec.PhoneNumbers) {
		violations = append(violations, fmt.Sprintf("batch: it speaks of %q", numbers))
	}
	for _, number := range was.Status.Remaining {
		if slices.Contains(is.Status.Deleted, number.PhoneNumber) && s.number(number.UID) != nil {
			violations = append(violations, fmt.Sprintf("batch: %q is there and is said to be deleted", number.Name))
		}
	}
	return violations
}

func startsWith(whole, beginning []string) bool {
	return len(whole) >= len(beginning) && slices.Equal(whole[:len(beginning)], beginning)
}

// batchAtRest says why a batch has not come to its end.
func (s *system) batchAtRest() string {
	if deletion := s.batch(); deletion != nil && deletion.Status.CompletedAt == nil {
		return "the batch does not end"
	}
	return ""
}
