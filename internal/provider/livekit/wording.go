package livekit

import (
	"fmt"
	"regexp"
	"time"

	"github.com/livekit/protocol/livekit"
	"google.golang.org/protobuf/types/known/durationpb"

	"github.com/callplane/callplane/api/v1alpha1"
	"github.com/callplane/callplane/internal/external"
)

// The words of the API in those of LiveKit. An unknown word is refused: LiveKit
// would read it as the weakest setting.
var (
	encryptions = map[v1alpha1.MediaEncryption]livekit.SIPMediaEncryption{
		"":                              livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_DISABLE,
		v1alpha1.MediaEncryptionDisable: livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_DISABLE,
		v1alpha1.MediaEncryptionAllow:   livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_ALLOW,
		v1alpha1.MediaEncryptionRequire: livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_REQUIRE,
	}
	headerOptions = map[v1alpha1.IncludeHeaders]livekit.SIPHeaderOptions{
		"":                          livekit.SIPHeaderOptions_SIP_NO_HEADERS,
		v1alpha1.IncludeHeadersNone: livekit.SIPHeaderOptions_SIP_NO_HEADERS,
		v1alpha1.IncludeHeadersX:    livekit.SIPHeaderOptions_SIP_X_HEADERS,
		v1alpha1.IncludeHeadersAll:  livekit.SIPHeaderOptions_SIP_ALL_HEADERS,
	}
	transports = map[v1alpha1.Transport]livekit.SIPTransport{
		"":                     livekit.SIPTransport_SIP_TRANSPORT_AUTO,
		v1alpha1.TransportAuto: livekit.SIPTransport_SIP_TRANSPORT_AUTO,
		v1alpha1.TransportUDP:  livekit.SIPTransport_SIP_TRANSPORT_UDP,
		v1alpha1.TransportTCP:  livekit.SIPTransport_SIP_TRANSPORT_TCP,
		v1alpha1.TransportTLS:  livekit.SIPTransport_SIP_TRANSPORT_TLS,
	}
)

// word translates one word of the spec.
func word[From ~string, To any](words map[From]To, name string, from From) (To, error) {
	to, ok := words[from]
	if !ok {
		return to, refuse("%s cannot be %.64q", name, string(from))
	}
	return to, nil
}

// media is nil for the default, which leaves the field as the server has it.
func media(encryption v1alpha1.MediaEncryption) (*livekit.SIPMediaConfig, error) {
	wanted, err := word(encryptions, "mediaEncryption", encryption)
	if err != nil || wanted == livekit.SIPMediaEncryption_SIP_MEDIA_ENCRYPT_DISABLE {
		return nil, err
	}
	return &livekit.SIPMediaConfig{Encryption: &wanted}, nil
}

// texts is the map as LiveKit has it.
func texts[Text ~string](named map[string]Text) map[string]string {
	plain := make(map[string]string, len(named))
	for name, text := range named {
		plain[name] = string(text)
	}
	return plain
}

// atMost is nil for a limit that is not set.
func atMost(limit time.Duration) *durationpb.Duration {
	if limit <= 0 {
		return nil
	}
	return durationpb.New(limit)
}

var e164 = regexp.MustCompile(`^\+[1-9][0-9]{1,14}$`)

// only is the list with one number. A trunk without numbers would take, or
// make, the calls of all.
func only(number string) ([]string, error) { return some([]string{number}) }

// some lets no list be empty: it would match every number.
func some(numbers []string) ([]string, error) {
	for _, number := range numbers {
		if !e164.MatchString(number) {
			return nil, refuse("the number must be in E.164, such as +14155550100")
		}
	}
	if len(numbers) == 0 {
		return nil, refuse("a trunk needs a number")
	}
	return numbers, nil
}

// specOf returns the spec of a call on what is to bear its marker.
func specOf[T any](call external.Call) (T, error) {
	spec, ok := call.Spec.(T)
	if !ok {
		return spec, fmt.Errorf("a spec of type %T, not %T", call.Spec, spec)
	}
	if call.Marker == "" {
		return spec, fmt.Errorf("a %T without a marker", spec)
	}
	return spec, nil
}

// refuse says what cannot be sent.
func refuse(format string, arguments ...any) error {
	return &external.Error{Class: external.InvalidConfiguration, Message: fmt.Sprintf(format, arguments...)}
}
