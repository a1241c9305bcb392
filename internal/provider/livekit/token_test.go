package livekit

import (
	"strconv"
	"testing"
	"testing/synctest"
	"time"
)

// A token is signed anew long before it ends.
func TestTokenIsReused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		signed := 0
		token := reused(func() (string, error) {
			signed++
			return strconv.Itoa(signed), nil
		})
		for _, want := range []string{"1", "1", "2"} {
			if got, err := token(); err != nil || got != want {
				t.Errorf("the token is %q, %v, want %q", got, err, want)
			}
			time.Sleep(tokenValidity/2 - time.Second)
		}
	})
}
