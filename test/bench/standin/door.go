package standin

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path"
	"regexp"
	"slices"
	"sync"
	"time"

	"github.com/twitchtv/twirp"
	"golang.org/x/time/rate"
)

const largestBody = 4 << 20

// A door is in front of a LiveKit server: it takes its time, refuses what is too
// much, spoils what it is told to spoil, and logs. Twilio's simulator does all of
// that itself.
type door struct {
	next http.Handler

	mu       sync.Mutex
	settings Settings
	limiter  *rate.Limiter
	mix      Mix
	random   *rand.Rand
	calls    []*Call
}

func newDoor(next http.Handler) *door {
	return &door{next: next, limiter: rate.NewLimiter(rate.Inf, 0)}
}

func (d *door) configure(settings Settings) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.settings, d.limiter = settings, rate.NewLimiter(rate.Inf, 0)
	if settings.PerMinute > 0 {
		d.limiter = rate.NewLimiter(rate.Limit(settings.PerMinute)/60, max(settings.Burst, 1))
	}
}

func (d *door) spoil(mix Mix) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.mix, d.random = mix, rand.New(rand.NewPCG(mix.Seed, mix.Seed))
}

func (d *door) log() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	calls := make([]Call, len(d.calls))
	for i, call := range d.calls {
		calls[i] = *call
	}
	return calls
}

func (d *door) count() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return len(d.calls)
}

func (d *door) forget() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.calls = nil
}

// ServeHTTP answers after the latency, whatever the answer is.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, largestBody)) // one that breaks off is what was read of it
	r.Body = io.NopCloser(bytes.NewReader(body))
	call, fate, latency := d.arrive(r, body)
	select {
	case <-time.After(latency):
	case <-r.Context().Done():
	}
	answer := httptest.NewRecorder()
	d.answer(answer, r, fate)
	d.leave(call, answer.Code)
	for name, values := range answer.Header() {
		w.Header()[name] = slices.Clone(values)
	}
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes()) // a client that has gone away is not the server's concern
}

// A fate is what becomes of a request.
type fate int

const (
	served fate = iota
	tooMany
	failed
	lost
)

var liveKitID = regexp.MustCompile(`(ST|SDR)_[0-9A-Za-z]{12}`)

func (d *door) arrive(r *http.Request, body []byte) (*Call, fate, time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	call := &Call{
		Operation: "livekit " + path.Base(r.URL.Path), Subject: string(liveKitID.Find(body)), Arrived: time.Now(),
	}
	d.calls = append(d.calls, call)
	if !d.limiter.Allow() {
		return call, tooMany, d.settings.Latency
	}
	return call, d.draw(), d.settings.Latency
}

func (d *door) draw() fate {
	if d.mix.Share() == 0 {
		return served
	}
	drawn := d.random.Float64()
	for _, share := range []struct {
		rate float64
		fate fate
	}{{d.mix.Throttled, tooMany}, {d.mix.Failed, failed}, {d.mix.Lost, lost}} {
		if drawn -= share.rate; drawn < 0 {
			return share.fate
		}
	}
	return served
}

func (d *door) answer(w *httptest.ResponseRecorder, r *http.Request, fate fate) {
	switch fate {
	case tooMany:
		_ = twirp.WriteError(w, twirp.NewError(twirp.ResourceExhausted, "too many requests")) // a recorder takes everything
	case failed:
		_ = twirp.WriteError(w, twirp.NewError(twirp.Internal, "internal error"))
	case lost:
		d.next.ServeHTTP(httptest.NewRecorder(), r)
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusGatewayTimeout)
	default:
		d.next.ServeHTTP(w, r)
	}
}

func (d *door) leave(call *Call, status int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	call.Answered, call.Status = time.Now(), status
}
