package status

import "testing"

func TestSentence(t *testing.T) {
	cases := map[string]struct {
		reason, words, want string
	}{
		"Plain":         {reason: "A part of a sentence becomes one.", words: "it was refused", want: "It was refused."},
		"NotASCII":      {reason: "The first letter may be longer than a byte.", words: "\u00e9l\u00e9phant", want: "\u00c9l\u00e9phant."},
		"Question":      {reason: "What ends as a sentence does is left alone.", words: "is it there?", want: "Is it there?"},
		"Empty":         {reason: "Nothing stays nothing.", words: "\n", want: ""},
		"LineSeparator": {reason: "No character may break the line or turn it around.", words: "one\u2028two\u202ethree", want: "One two three."},
		"Invalid":       {reason: "What is no text is left out.", words: "on\xffe", want: "One."},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := sentence(tc.words); got != tc.want {
				t.Errorf("%s got %q, want %q", tc.reason, got, tc.want)
			}
		})
	}
}
