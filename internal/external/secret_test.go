package external

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// canary must be seen nowhere.
const canary = "correct-horse-battery-staple"

// spec is how a driver's spec holds a secret.
type spec struct {
	Username string
	Password Secret
	More     []Secret
	Named    map[string]Secret
	Pointer  *Secret

	buried Secret
}

func newSpec() spec {
	secret := NewSecret(canary)
	return spec{Username: "user", Password: secret, More: []Secret{secret}, Named: map[string]Secret{"a": secret}, Pointer: &secret, buried: secret}
}

func TestSecretIsNotShown(t *testing.T) {
	secret := NewSecret(canary)
	whole := Resource{Slot: SlotCredential, Spec: newSpec()}
	for holder, value := range map[string]any{"itself": secret, "a pointer": &secret, "a spec": newSpec(), "a resource": whole, "a call": Call{Spec: newSpec()}} {
		shown := map[string]string{}
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%t", "%g"} {
			shown[verb] = fmt.Sprintf(verb, value)
		}
		shown["Print"] = fmt.Sprint(value)
		shown["error"] = fmt.Errorf("sending %v: %w", value, errors.New("refused")).Error()
		encoded, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		shown["JSON"] = string(encoded)
		for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
			"slog as text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			"slog as JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var buffer bytes.Buffer
			slog.New(handler(&buffer)).With("with", value).Info("shown", "value", value, slog.Any("any", value))
			shown[name] = buffer.String()
		}
		for how, text := range shown {
			if strings.Contains(text, canary) || strings.Contains(text, fmt.Sprintf("%x", canary)) || strings.Contains(text, fmt.Sprintf("%X", canary)) {
				t.Errorf("%s shows the secret with %s: %s", holder, how, text)
			}
		}
	}
}

func TestSecretIsSent(t *testing.T) {
	if got := NewSecret(canary).Reveal(); got != canary {
		t.Errorf("reveals %q, want %q", got, canary)
	}
	if !NewSecret(canary).Equal(NewSecret(canary)) || NewSecret(canary).Equal(NewSecret("")) {
		t.Error("secrets are equal if and only if their values are")
	}
	if got := (Secret{}).Reveal(); got != "" || !NewSecret("").Equal(Secret{}) {
		t.Errorf("no secret reveals %q, want the same as an empty one", got)
	}
}
