package status

import (
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/engine"
	"github.com/callplane/callplane/internal/external"
)

// message is that of an attempt that failed with some words and left entries.
func message(words string, left ...v1alpha1.ExternalResource) string {
	a := Attempt{Now: instant}
	for _, entry := range left {
		a.Outcomes = append(a.Outcomes, engine.Outcome{Entry: entry})
	}
	a.Outcomes[0].Err = &external.Error{Class: external.ResourceInUse, Message: words}
	return TornDown(v1alpha1.LifecycleStatus{}, a).Message
}

func trunk(i int) v1alpha1.ExternalResource {
	return v1alpha1.ExternalResource{
		Slot: fmt.Sprint(i), Provider: "twilio", Kind: "Trunk", ID: fmt.Sprint("TK", i), Origin: v1alpha1.OriginCreated,
	}
}

// many leftovers have the longest ids that the API allows.
func many(n int, id string) []v1alpha1.ExternalResource {
	entries := make([]v1alpha1.ExternalResource, n)
	for i := range entries {
		entries[i] = trunk(i)
		entries[i].ID = id
	}
	return entries
}

func TestMessage(t *testing.T) {
	intended := trunk(0)
	intended.ID, intended.Name = "", "cp-1"
	rule := v1alpha1.ExternalResource{Slot: "rule", Provider: "livekit", Kind: "DispatchRule", ID: "SDR_1", Origin: v1alpha1.OriginCreated}
	adopted := v1alpha1.ExternalResource{Slot: "number", Provider: "twilio", Kind: "PhoneNumber", ID: "PN1", Origin: v1alpha1.OriginAdopted}
	const (
		head = "Failed to cleanup external resources. "
		page = " See https://github.com/callplane/callplane/blob/main/docs/cleanup.md"
	)
	cases := map[string]struct {
		reason string
		words  string
		left   []v1alpha1.ExternalResource
		want   string
	}{
		"one":                 {reason: "all of it in one line", words: "Twilio refused", left: many(1, "TK1"), want: head + "Twilio refused. Left: twilio Trunk TK1." + page + "#twilio-trunk"},
		"several":             {reason: "in the order of the ledger", words: "x", left: []v1alpha1.ExternalResource{trunk(2), rule, trunk(1)}, want: head + "X. Left: twilio Trunk TK2, livekit DispatchRule SDR_1, twilio Trunk TK1." + page + "#twilio-trunk"},
		"perhaps":             {reason: "what may exist is named by its marker", words: "x", left: []v1alpha1.ExternalResource{intended}, want: head + "X. Left: twilio Trunk (perhaps, under the name cp-1)." + page + "#twilio-trunk"},
		"the guide's section": {reason: "it is that of what is left first", words: "x", left: []v1alpha1.ExternalResource{rule, trunk(1)}, want: head + "X. Left: livekit DispatchRule SDR_1, twilio Trunk TK1." + page + "#livekit-dispatchrule"},
		"what stays":          {reason: "the number is not among what is to be cleaned up", words: "x", left: []v1alpha1.ExternalResource{trunk(1), adopted}, want: head + "X. Left: twilio Trunk TK1." + page + "#twilio-trunk"},
		"two lines":           {reason: "it becomes one", words: "it\r\nsaid\tno.\x00", left: many(1, "TK1"), want: head + "It said no. Left: twilio Trunk TK1." + page + "#twilio-trunk"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := message(c.words, c.left...); got != c.want {
				t.Errorf("got  %q\nwant %q: %s", got, c.want, c.reason)
			}
		})
	}
}

func TestReleasedNumbersAreLeftovers(t *testing.T) {
	entry := v1alpha1.ExternalResource{Slot: "number", Provider: "twilio", Kind: "PhoneNumber", ID: "PN1", Origin: v1alpha1.OriginAdopted}
	a := attempt()
	a.Outcomes = []engine.Outcome{{Entry: entry, Err: refusal(external.PermissionDenied)}}
	current := v1alpha1.LifecycleStatus{Teardown: &v1alpha1.TeardownStatus{Policy: v1alpha1.DeletionPolicyRelease}}
	if got, want := TornDown(current, a).Message, "Left: twilio PhoneNumber PN1."; !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it: it was to be given back", got, want)
	}
}

func TestMessageFits(t *testing.T) {
	cases := map[string]struct {
		words string
		left  []v1alpha1.ExternalResource
	}{
		"few":               {words: "no", left: many(3, strings.Repeat("x", 64))},
		"as many as may be": {words: "no", left: many(32, strings.Repeat("x", 64))},
		"wide ids":          {words: "no", left: many(32, strings.Repeat("é", 64))},
		"many words":        {words: strings.Repeat("no, ", 1000), left: many(32, strings.Repeat("x", 64))},
		"wide words":        {words: "n" + strings.Repeat("ö漢🙂", 300), left: many(32, "TK")},
		"just too many":     {words: strings.Repeat("n", 870), left: many(1, strings.Repeat("x", 64))},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { fits(t, message(c.words, c.left...), c.left) })
	}
}

// fits sees that a message is one line of the promised length that ends with
// the guide and accounts for everything that is left.
func fits(t *testing.T, message string, left []v1alpha1.ExternalResource) {
	t.Helper()
	if len(message) > 1000 || !utf8.ValidString(message) || strings.ContainsFunc(message, unicode.IsControl) {
		t.Errorf("%q has %d bytes, want a line of at most 1000 in valid UTF-8", message, len(message))
	}
	if !strings.HasPrefix(message, "Failed to cleanup external resources. ") || !strings.HasSuffix(message, " See "+guide) {
		t.Errorf("%q does not begin and end as promised", message)
	}
	shown := strings.Count(message, " Trunk "+left[0].ID)
	hidden := fmt.Sprintf("and %d more, see status.externalResources.", len(left)-shown)
	if shown < len(left) && !strings.Contains(message, hidden) {
		t.Errorf("%q shows %d of %d, want %q in it", message, shown, len(left), hidden)
	}
	if shown == len(left) && strings.Contains(message, " more, see status.externalResources") {
		t.Errorf("%q shows all and promises more", message)
	}
}

func TestShorterIsNotHidden(t *testing.T) {
	left := many(32, strings.Repeat("x", 64))
	whole := message("no", left...)
	if spare := 1000 - len(whole); spare > len(", twilio Trunk ")+64 {
		t.Errorf("%d bytes are spare, want as many leftovers shown as fit: %s", spare, whole)
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("Twilio refused the credentials", "TK0123456789abcdef0123456789abcdef", uint8(1))
	f.Add("", "", uint8(32))
	f.Add(strings.Repeat("word ", 300), strings.Repeat("x", 64), uint8(31))
	f.Add("one\ntwo\u0085three\u007f", "é", uint8(3))
	f.Fuzz(func(t *testing.T, words, id string, count uint8) {
		// The API server takes neither other text nor longer ids, and adapters send
		// no control characters in an id.
		words = strings.ToValidUTF8(words, "")
		id = strings.Map(printable, strings.ToValidUTF8(id, ""))
		id = string([]rune(id)[:min(utf8.RuneCountInString(id), 64)])
		left := many(1+int(count%32), "TK"+id)
		got := message(words, left...)
		if len(got) > 1000 || !utf8.ValidString(got) || strings.ContainsFunc(got, unicode.IsControl) {
			t.Errorf("%q has %d bytes, want a line of at most 1000 in valid UTF-8", got, len(got))
		}
		if !strings.HasPrefix(got, "Failed to cleanup external resources. ") || !strings.HasSuffix(got, " See "+guide) {
			t.Errorf("%q does not begin and end as promised", got)
		}
		if again := message(words, left...); again != got {
			t.Errorf("the same failure reads %q, then %q", got, again)
		}
	})
}

func printable(r rune) rune {
	if unicode.IsControl(r) {
		return -1
	}
	return r
}
