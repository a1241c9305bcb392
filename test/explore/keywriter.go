package explore

import (
	"slices"
	"strconv"
	"strings"
)

// A keyWriter writes a key line by line.
type keyWriter struct {
	strings.Builder

	names map[string]string
	// recorded are the ids that ledgers name.
	recorded []string
}

// words puts the parts of a line together: fmt would take longer than all else about a
// key.
func words(all ...string) string { return strings.Join(all, " ") }

func several(texts []string) string { return "[" + words(texts...) + "]" }

func truth(of bool) string { return strconv.FormatBool(of) }

// line writes a line in which identifiers are renamed.
func (k *keyWriter) line(text string) {
	eachIdentifier(text, func(plain, id string) {
		k.WriteString(plain)
		if id != "" {
			k.WriteString(k.rename(id))
		}
	})
	k.WriteByte('\n')
}

// eachIdentifier cuts a text at its identifiers and calls yield with what is plain
// and the identifier behind it, which is empty at the end.
func eachIdentifier(text string, yield func(plain, id string)) {
	begin := 0
	for at := 0; at < len(text); {
		length := identifierAt(text[at:])
		if length == 0 {
			at += wordAt(text[at:])
			continue
		}
		yield(text[begin:at], text[at:at+length])
		at += length
		begin = at
	}
	yield(text[begin:], "")
}

// identifierAt is the length of the identifier that a text begins with: of Twilio,
// of LiveKit, or of Kubernetes.
func identifierAt(text string) int {
	switch {
	case len(text) >= 34 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z' && wordAt(text) == 34:
		return 34
	case strings.HasPrefix(text, "ST_") || strings.HasPrefix(text, "SDR_"):
		return wordAt(text)
	case len(text) >= 36 && text[8] == '-' && text[13] == '-' && text[18] == '-' && text[23] == '-':
		return 36
	}
	return 0
}

// wordAt is the length of the letters, digits and underscores that a text begins
// with, at least one.
func wordAt(text string) int {
	at := 0
	for at < len(text) && inWord[text[at]] {
		at++
	}
	return max(at, 1)
}

var inWord = func() (in [256]bool) {
	for _, c := range []byte("_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz") {
		in[c] = true
	}
	return in
}()

// sorted writes lines in an order that does not depend on identifiers.
func (k *keyWriter) sorted(lines []string) {
	for i, line := range lines {
		lines[i] = k.known(line) + "\x00" + line
	}
	slices.Sort(lines)
	for _, line := range lines {
		_, line, _ = strings.Cut(line, "\x00")
		k.line(line)
	}
}

// known is a line with the identifiers that were seen before, and without others.
func (k *keyWriter) known(line string) string {
	var b strings.Builder
	eachIdentifier(line, func(plain, id string) {
		b.WriteString(plain)
		b.WriteString(k.names[id])
	})
	return b.String()
}

func (k *keyWriter) rename(id string) string {
	name, ok := k.names[id]
	if !ok {
		name = "<" + strconv.Itoa(len(k.names)) + ">"
		k.names[id] = name
	}
	return name
}
