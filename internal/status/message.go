package status

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/callplane/callplane/api/v1alpha1"
)

// maxMessage is the length of a message, in bytes: it must fit into one line of a
// terminal, an event and a chat.
const maxMessage = 1000

// Message makes of any text, whatever a provider has put into it, what a condition
// or an event can hold: one line of at most 1,000 bytes.
func Message(text string) string { return cut(oneLine(text), maxMessage) }

// cleanupGuide is the page that says how to clean up by hand.
const cleanupGuide = "https://github.com/callplane/callplane/blob/main/docs/cleanup.md"

// cleanupFailed is the message of Corrupted: what failed, what is left, where all of
// that is listed, and where the way out is described. It holds nothing that changes
// between two attempts that fail alike.
func cleanupFailed(what string, left []v1alpha1.ExternalResource, list string) string {
	head := strings.TrimSpace("Failed to cleanup external resources. " + sentence(what))
	tail := " See " + guideTo(left)
	room := maxMessage - len(tail)
	for shown := len(left); shown > 0; shown-- {
		if message := head + leftovers(left, shown, list); len(message) <= room {
			return message + tail
		}
	}
	return cut(head, room-len(leftovers(left, 0, list))) + leftovers(left, 0, list) + tail
}

// Lists of what is left.
const (
	ledgerList = "status.externalResources"
	recordList = "status.resources"
)

func leftovers(left []v1alpha1.ExternalResource, shown int, list string) string {
	return " Left: " + several(left, shown, list) + "."
}

// several lists the first entries and counts the others.
func several(left []v1alpha1.ExternalResource, shown int, list string) string {
	names := make([]string, 0, shown+1)
	for _, entry := range left[:shown] {
		names = append(names, describe(entry))
	}
	if hidden := len(left) - shown; hidden > 0 {
		names = append(names, fmt.Sprintf("and %d more, see %s", hidden, list))
	}
	return strings.Join(names, ", ")
}

func describe(entry v1alpha1.ExternalResource) string {
	if entry.ID == "" {
		return oneLine(fmt.Sprintf("%s %s (perhaps, under the name %s)", entry.Provider, entry.Kind, entry.Name))
	}
	return oneLine(fmt.Sprintf("%s %s %s", entry.Provider, entry.Kind, entry.ID))
}

// guideTo links the section about the first thing that is left.
func guideTo(left []v1alpha1.ExternalResource) string {
	if len(left) == 0 {
		return cleanupGuide
	}
	return cleanupGuide + "#" + strings.ToLower(left[0].Provider+"-"+left[0].Kind)
}

// sentence makes of some words one line that begins with a capital letter and
// ends as a sentence does.
func sentence(words string) string {
	words = oneLine(words)
	if words == "" {
		return ""
	}
	first, size := utf8.DecodeRuneInString(words)
	words = string(unicode.ToUpper(first)) + words[size:]
	if strings.ContainsAny(words[len(words)-1:], ".!?") {
		return words
	}
	return words + "."
}

// oneLine replaces whatever would break a line, hide text or turn it around.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(text, ""), func(r rune) bool {
		return !unicode.IsPrint(r)
	}), " ")
}

// cut shortens a text to a number of bytes without cutting a character in two.
func cut(text string, length int) string {
	const ellipsis = "..."
	if len(text) <= length {
		return text
	}
	return strings.ToValidUTF8(text[:max(length-len(ellipsis), 0)], "") + ellipsis
}
