package brake

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
)

// States that a number of the simulation goes through.
const (
	waiting = iota
	paused
	begun
	corrupted
	gone
)

// A shift is the deletion of many numbers: what they are in truth, and what a cache
// that lags shows of it. It wakes numbers as the watch does.
type shift struct {
	t        *testing.T
	limit    int
	register Register

	mu     sync.Mutex
	random *rand.Rand
	truth  []object
	// news are what has not come to the cache yet, in its order.
	news  []object
	cache []object
	most  int
	woken chan int
	// remaining counts those that are not gone.
	remaining sync.WaitGroup
}

// An object is a number in one of its versions.
type object struct{ number, version, state int }

func (o object) inLine() bool { return o.state == waiting || o.state == begun }

// TestNeverMoreAtAnyLag has many workers tear down numbers, some of which fail or
// are held on the way, on a cache that lags at random: never are more of them under
// way than may be, and in the end all are gone. How many are at once depends on the
// scheduler too, so that the limit is reached is asked of all runs together.
func TestNeverMoreAtAnyLag(t *testing.T) {
	reached := 0
	for range 20 {
		seed := rand.Uint64()
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			s := newShift(t, random, 60, 1+random.IntN(5))
			s.run(16)
			if s.most == s.limit {
				reached++
			}
		})
	}
	if reached == 0 {
		t.Error("the limit was reached in no run, so none could show that it holds")
	}
}

func newShift(t *testing.T, random *rand.Rand, numbers, limit int) *shift {
	t.Helper()
	s := &shift{t: t, limit: limit, random: random, truth: make([]object, numbers), woken: make(chan int, 1_000_000)}
	s.remaining.Add(numbers)
	for i, number := range random.Perm(numbers) {
		s.truth[i].number = i
		s.woken <- number
	}
	s.cache = slices.Clone(s.truth)
	return s
}

func (s *shift) run(workers int) {
	s.t.Helper()
	over, done := make(chan struct{}), make(chan struct{})
	var working sync.WaitGroup
	for range workers {
		working.Go(func() { s.work(over) })
	}
	working.Go(func() { s.informs(over) })
	go func() { s.remaining.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		s.t.Errorf("some wait for ever: %v", s.truth)
	}
	close(over)
	working.Wait()
}

func (s *shift) work(over chan struct{}) {
	for {
		select {
		case <-over:
			return
		case number := <-s.woken:
			s.visit(number)
		}
	}
}

// visit is one reconcile of a number, as the cache shows it.
func (s *shift) visit(number int) {
	s.mu.Lock()
	seen := s.cache[number]
	s.mu.Unlock()
	switch seen.state {
	case waiting:
		if admitted, _ := s.register.Admit("account", uid(number), s.limit, s.view); admitted {
			s.write(seen, begun)
		}
	case begun:
		s.write(seen, s.outcome())
	case paused:
		s.write(seen, waiting)
	case corrupted:
		s.write(seen, gone)
	}
}

// outcome is that of an attempt: some fail for good, until somebody mends the cause.
func (s *shift) outcome() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.random.IntN(4) == 0 {
		return corrupted
	}
	return gone
}

// write is conditional on the version that was seen. Somebody may hold a number that
// waits just before.
func (s *shift) write(seen object, state int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.truth[seen.number].state == waiting && s.random.IntN(8) == 0 {
		s.put(seen.number, paused)
	}
	if s.truth[seen.number].version != seen.version {
		s.woken <- seen.number // a conflict: it is tried again
		return
	}
	s.put(seen.number, state)
	under := 0
	for _, number := range s.truth {
		if number.state == begun {
			under++
		}
	}
	s.most = max(s.most, under)
	if under > s.limit {
		s.t.Errorf("%d are torn down at once, want %d at most", under, s.limit)
	}
}

func (s *shift) put(number, state int) {
	s.truth[number].version++
	s.truth[number].state = state
	s.news = append(s.news, s.truth[number])
	if state == gone {
		s.remaining.Done()
	}
}

// informs brings news to the cache after a while, and wakes whom they concern.
func (s *shift) informs(over chan struct{}) {
	for {
		select {
		case <-over:
			return
		case <-time.After(time.Duration(rand.IntN(200)) * time.Microsecond):
			s.inform()
		}
	}
}

func (s *shift) inform() {
	s.mu.Lock()
	if len(s.news) == 0 {
		s.mu.Unlock()
		return
	}
	news := s.news[0]
	s.news = s.news[1:]
	makesRoom := s.cache[news.number].inLine() && !news.inLine()
	s.cache[news.number] = news
	s.mu.Unlock()
	s.woken <- news.number
	if makesRoom {
		next, _ := s.register.Next("account", s.limit, s.view)
		for _, number := range next {
			s.woken <- int(number.Deleted.Unix())
		}
	}
}

// view shows the line as the cache does. Who is deleted in which order does not
// matter here: the number stands for the time.
func (s *shift) view() ([]Number, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []Number
	for _, seen := range s.cache {
		if seen.inLine() {
			all = append(all, Number{UID: uid(seen.number), Deleted: time.Unix(int64(seen.number), 0), Begun: seen.state == begun})
		}
	}
	return all, nil
}

func uid(number int) types.UID { return types.UID(fmt.Sprintf("%04d", number)) }
