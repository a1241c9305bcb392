package livekit

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/livekit/protocol/livekit"
)

// assigned are the fields that the server sets, and the one that media
// replaced, which Upgrade has read.
var assigned = map[protoreflect.Name]bool{
	"sip_trunk_id":         true,
	"sip_dispatch_rule_id": true,
	"created_at":           true,
	"updated_at":           true,
	"media_encryption":     true,
}

// drift names the fields in which two objects differ, and no values: one of
// the fields is a password.
func drift[T object](desired, live T) []string {
	want, have := canonical(desired), canonical(live)
	fields := want.Descriptor().Fields()
	var differing []string
	for i := range fields.Len() {
		field := fields.Get(i)
		if !assigned[field.Name()] && !want.Get(field).Equal(have.Get(field)) {
			differing = append(differing, string(field.Name()))
		}
	}
	return differing
}

// canonical writes in one way what can be written in several. An empty
// message equals a missing one already.
func canonical[T object](o T) protoreflect.Message {
	copied := proto.CloneOf(o)
	copied.Upgrade()
	if media, ok := any(copied).(interface {
		GetMedia() *livekit.SIPMediaConfig
	}); ok {
		plain(media.GetMedia())
	}
	return copied.ProtoReflect()
}

// plain unsets what is set to its default: to LiveKit that is the same.
func plain(media *livekit.SIPMediaConfig) {
	if media.GetEncryption() == livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_DISABLE {
		media.Encryption = nil
	}
}
