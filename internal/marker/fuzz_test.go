package marker

import (
	"testing"

	"github.com/callplane/callplane/internal/external"
)

// FuzzReads takes a name for a marker only if it is one, letter for letter: what bears
// any other name belongs to somebody else.
func FuzzReads(f *testing.F) {
	for _, slot := range []external.Slot{external.SlotTrunk, external.SlotOutboundTrunk, "", "UPPER", "toolongslot"} {
		f.Add(owner.Installation, owner.Namespace, owner.Name, owner.For(slot))
		f.Add(owner.Installation, owner.Namespace, owner.Name, owner.For(slot)+"\n")
		f.Add("ab12c.", "", "", " "+owner.For(slot))
	}
	f.Fuzz(func(t *testing.T, installation, namespace, name, text string) {
		reader := Owner{Installation: installation, Namespace: namespace, Name: name}
		uid, slot, ok := reader.Reads(text)
		if !ok {
			if uid != "" || slot != "" {
				t.Errorf("%q is no marker, and has the UID %q and the slot %q", text, uid, slot)
			}
			return
		}
		writer := reader
		writer.UID = uid
		if again := writer.For(slot); again != text || len(text) > MaxLength {
			t.Errorf("%q was read as %q", text, again)
		}
	})
}

// FuzzFor reads what it has written, whatever the object is called.
func FuzzFor(f *testing.F) {
	f.Add("support", "support-line", "another")
	f.Add("a/b", "c", "a")
	f.Add("", "", "é")
	f.Fuzz(func(t *testing.T, namespace, name, other string) {
		writer := owner
		writer.Namespace, writer.Name = namespace, name
		for _, slot := range []external.Slot{external.SlotTrunk, external.SlotOutboundTrunk} {
			if uid, read, ok := writer.Reads(writer.For(slot)); !ok || uid != writer.UID || read != slot {
				t.Errorf("%s was read as %s of %s, %v", writer.For(slot), read, uid, ok)
			}
		}
		stranger := owner
		stranger.Installation, stranger.Namespace, stranger.Name = "zz99zz", namespace, other
		if _, _, ok := stranger.Reads(writer.For(external.SlotTrunk)); ok {
			t.Error("another installation takes the marker for its own")
		}
	})
}
