package marker

import (
	"strings"
	"testing"

	"github.com/callplane/callplane/internal/external"
)

var owner = Owner{
	Installation: "ab12cd", UID: "0f8fad5b-d9cb-469f-a165-70867728950e", Namespace: "support", Name: "support-line",
}

func TestMarker(t *testing.T) {
	const want = "cp-ab12cd-0f8fad5b-d9cb-469f-a165-70867728950e-a89d1355-outbound"
	for _, kind := range []string{"", "PhoneNumber"} {
		of := owner
		of.Kind = kind
		if got := of.For(external.SlotOutboundTrunk); got != want {
			t.Errorf("kind %q: got %s, want %s: what exists at providers bears it, so it never changes", kind, got, want)
		}
	}
}

func TestMarkerFits(t *testing.T) {
	for _, slot := range []external.Slot{
		external.SlotNumber, external.SlotTrunk, external.SlotOriginationURL, external.SlotIPAccessList, external.SlotCredentialList,
		external.SlotCredential, external.SlotIPAccessListLink, external.SlotCredentialListLink, external.SlotAttachment,
		external.SlotInboundTrunk, external.SlotDispatchRule, external.SlotOutboundTrunk,
	} {
		long := owner
		long.Namespace, long.Name = strings.Repeat("n", 63), strings.Repeat("é", 253)
		if got, want := len(long.For(slot)), MaxLength-8+len(slot); len(slot) > 8 || got != want || got > 64 {
			t.Errorf("the marker of %s has %d bytes, want %d and at most 64: Twilio takes no more", slot, got, want)
		}
	}
}

func TestMarkersDiffer(t *testing.T) {
	others := map[string]func(*Owner){
		"installation": func(o *Owner) { o.Installation = "ab12ce" },
		"UID":          func(o *Owner) { o.UID = "0f8fad5b-d9cb-469f-a165-70867728950f" },
		"namespace":    func(o *Owner) { o.Namespace = "support2" },
		"name":         func(o *Owner) { o.Name = "support-line2" },
		"boundary":     func(o *Owner) { o.Namespace, o.Name = "support-support", "line" },
		"kind":         func(o *Owner) { o.Kind = "SIPTrunk" },
	}
	for name, change := range others {
		t.Run(name, func(t *testing.T) {
			other := owner
			change(&other)
			if other.For("trunk") == owner.For("trunk") {
				t.Errorf("%+v and %+v bear the same marker", owner, other)
			}
		})
	}
	if owner.For("trunk") == owner.For("inbound") {
		t.Error("two slots bear the same marker")
	}
}

func TestValidInstallation(t *testing.T) {
	for id, want := range map[string]bool{
		"ab12cd": true, "000000": true, "": false, "abcde": false, "abcdefg": false, "ABCDEF": false,
		"ab-cde": false, "abcde\n": false, "abc de": false, "äbcde": false,
	} {
		if got := ValidInstallation(id); got != want {
			t.Errorf("ValidInstallation(%q) is %v, want %v", id, got, want)
		}
	}
}

func TestReads(t *testing.T) {
	earlier := owner
	earlier.UID = "0f8fad5b-d9cb-469f-a165-70867728950f"
	stranger, renamed, trunk := owner, owner, owner
	stranger.Installation, renamed.Name, trunk.Kind = "zz99zz", "another-line", "SIPTrunk"
	cases := map[string]struct {
		reason, name string
		uid          string
		slot         string
	}{
		"own":                  {reason: "an object is its own earlier life", name: owner.For("trunk"), uid: owner.UID, slot: "trunk"},
		"earlier":              {reason: "it had the same name", name: earlier.For("outbound"), uid: earlier.UID, slot: "outbound"},
		"another installation": {reason: "it may still be looked after", name: stranger.For("trunk")},
		"another name":         {reason: "it belongs to that object", name: renamed.For("trunk")},
		"another kind":         {reason: "a trunk of the same name is another object", name: trunk.For("trunk")},
		"by hand":              {reason: "somebody made it", name: "support line"},
		"longer":               {reason: "somebody renamed it", name: owner.For("trunk") + " (old)"},
		"none":                 {reason: "what has no name is nobody's"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			uid, slot, ok := owner.Reads(c.name)
			if uid != c.uid || string(slot) != c.slot || ok != (c.uid != "") {
				t.Errorf("%q reads as %q, %q, %v, want %q, %q: %s", c.name, uid, slot, ok, c.uid, c.slot, c.reason)
			}
		})
	}
}

// TestRead tells whose installation a name is of, whatever its object was called.
func TestRead(t *testing.T) {
	stranger, renamed := owner, owner
	stranger.Installation, renamed.Name = "zz99zz", "another-line"
	for name, want := range map[string]string{owner.For("acl"): owner.UID, renamed.For("acl"): owner.UID, stranger.For("acl"): "", "by hand": "", "": ""} {
		uid, slot, ok := Read(owner.Installation, name)
		if uid != want || ok != (want != "") || ok && slot != "acl" {
			t.Errorf("%q reads as %q, %q, %v, want %q", name, uid, slot, ok, want)
		}
	}
}
